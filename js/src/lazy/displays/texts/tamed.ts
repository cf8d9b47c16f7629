import DOMPurify from "dompurify";

const OPTIONS = {
  FORBID_TAGS: ["style", "form", "button", "iframe"],
  FORBID_ATTR: ["style"],
  FORCE_BODY: true,
  RETURN_DOM_FRAGMENT: true as const,
};
/** Headings inside a card are no headings of the page around it. */
const HEADING = /^H[1-6]$/;

/** HTML of others that can do nothing: no scripts, no forms, no requests to anywhere. */
export function tamed(html: string): DocumentFragment {
  return dressed(DOMPurify.sanitize(html, OPTIONS));
}

/** Elements that can do nothing, as the canvas shows them. */
export function dressed(clean: DocumentFragment): DocumentFragment {
  for (const element of clean.querySelectorAll<HTMLElement>("*")) tame(element);
  return clean;
}

function tame(element: HTMLElement): void {
  for (const name of ["id", "name"]) element.removeAttribute(name);
  if (element instanceof HTMLAnchorElement) {
    element.target = "_blank";
    element.rel = "noopener noreferrer nofollow";
  }
  if (element instanceof HTMLInputElement) {
    if (element.type !== "checkbox") element.remove();
    else element.setAttribute("aria-label", element.checked ? "done" : "to do");
  }
  if (/^(IMG|SOURCE|VIDEO|AUDIO|TRACK)$/.test(element.tagName)) unlink(element);
  if (HEADING.test(element.tagName)) {
    element.setAttribute("role", "presentation");
    element.className = `daggr-h daggr-h${element.tagName[1]}`;
  }
}

/** Only what a text brings along is shown: a remote picture becomes a link to it. */
function unlink(element: HTMLElement): void {
  element.removeAttribute("srcset");
  const source = element.getAttribute("src") ?? "";
  if (source.startsWith("data:")) return;
  const link = document.createElement("a");
  link.textContent = element.getAttribute("alt") || source;
  link.href = source;
  element.replaceWith(link);
  tame(link);
}
