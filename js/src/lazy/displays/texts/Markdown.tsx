import DOMPurify from "dompurify";
import { marked } from "marked";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { OutputProps } from "../../../outputs/props";
import { WholeText } from "../../../outputs/text";
import { useTab } from "../../../ui/context";
import { Scroller } from "../../../ui/Scroller";

const FORBIDDEN = { FORBID_TAGS: ["style", "form", "button", "iframe"], FORBID_ATTR: ["style"] };
/** Headings inside a card are no headings of the page around it. */
const HEADING = /^H[1-6]$/;

/** Markdown as HTML that can do nothing: no scripts, no forms, no requests to anywhere. */
export function htmlOf(markdown: string): string {
  const clean = DOMPurify.sanitize(marked.parse(markdown, { async: false, gfm: true }), {
    ...FORBIDDEN,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const element of clean.querySelectorAll<HTMLElement>("*")) tame(element);
  const holder = document.createElement("div");
  holder.append(clean);
  return holder.innerHTML;
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

export function Markdown(props: OutputProps) {
  return <WholeText {...props}>{(text) => <Rendered label={props.label} text={text} />}</WholeText>;
}

export function Rendered({ label, text }: { label: string; text: string }) {
  return (
    <Scroller class="daggr-markdown" label={label}>
      <InlineMarkdown text={text} />
    </Scroller>
  );
}

export function InlineMarkdown({ text }: { text: string }) {
  const tab = useTab();
  const inner = useRef<HTMLDivElement>(null);
  const html = useMemo(() => htmlOf(text), [text]);
  useLayoutEffect(() => {
    for (const link of inner.current?.querySelectorAll("a") ?? []) link.tabIndex = tab ?? 0;
  }, [html, tab]);
  return <div ref={inner} dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
