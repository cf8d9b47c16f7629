/** Text, or a tag without attributes of an element that Markdown makes. */
const PARTS =
  /((?:[^<&\0]|&(?:amp|lt|gt|quot|#39);)+)|<(\/?)(p|h[1-6]|strong|em|del|code|pre|blockquote|ul|ol|li|br|hr)>/gy;
const MARKS: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

/**
 * What a parser makes of HTML that stems from Markdown alone, at a fraction of the cost; null where it
 * has anything but text and elements without attributes, which can do nothing, or is not whole.
 */
export function built(html: string): DocumentFragment | null {
  const fragment = document.createDocumentFragment();
  let parent: ParentNode & Node = fragment;
  let length = 0;
  for (const [part, text, closing, name] of html.matchAll(PARTS)) {
    length += part.length;
    if (text) {
      parent.append(text.replace(/&[^;]+;/g, (mark) => MARKS[mark] ?? mark));
    } else if (closing) {
      if (parent.nodeName.toLowerCase() !== name) return null;
      parent = parent.parentNode as ParentNode & Node;
    } else {
      const element = document.createElement(name ?? "");
      parent.append(element);
      if (name !== "br" && name !== "hr") parent = element;
    }
  }
  return length === html.length && parent === fragment ? fragment : null;
}
