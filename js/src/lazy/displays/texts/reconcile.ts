/**
 * Makes the last children of an element, `former`, what `next` is, with as little change as there can
 * be: what stays the same keeps its selection, and text that grew gets its end only.
 */
export function reconcile(
  parent: ParentNode & Node,
  former: readonly ChildNode[],
  next: readonly ChildNode[],
): ChildNode[] {
  for (const extra of former.slice(next.length)) extra.remove();
  return next.map((node, index) => {
    const known = former[index];
    if (known && absorbed(known, node)) return known;
    if (known) known.replaceWith(node);
    else parent.append(node);
    return node;
  });
}

/** Whether a node could be made like another one. */
function absorbed(known: ChildNode, node: ChildNode): boolean {
  if (known instanceof Text && node instanceof Text) {
    if (node.data.startsWith(known.data)) known.appendData(node.data.slice(known.length));
    else known.data = node.data;
    return true;
  }
  if (!(known instanceof Element && node instanceof Element) || !alike(known, node)) return false;
  reconcile(known, [...known.childNodes], [...node.childNodes]);
  return true;
}

function alike(one: Element, other: Element): boolean {
  return (
    one.tagName === other.tagName &&
    one.attributes.length === other.attributes.length &&
    [...one.attributes].every(({ name, value }) => other.getAttribute(name) === value)
  );
}
