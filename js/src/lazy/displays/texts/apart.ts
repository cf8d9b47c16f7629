/** What a page cannot do within a card, and where it can: in a tab of its own, still in a frame. */

import DOMPurify from "dompurify";

/** Links lead out of the frame, and tell nobody where they come from. */
DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.localName !== "a" && node.localName !== "area") return;
  node.setAttribute("rel", "noopener noreferrer");
  const href = node.getAttribute("href");
  if (!href?.startsWith("#")) return;
  node.setAttribute("href", `about:srcdoc${href}`); // else it leads to the page around the frame
  node.setAttribute("target", "_self");
});

export interface Lacks {
  /** What does not work here. */
  says: string;
  /** The address that is shown there, if it is but another page. */
  address: string | null;
  /** Whether nothing is left of it here. */
  all: boolean;
}

const VISIBLE = "img,svg,video,audio,hr,input,button,select,textarea,meter,progress,canvas[width]";

/** What of a page does not work without scripts and requests; null for one that needs none. */
export function lacks(html: string, cleaned: (html: string) => string): Lacks | null {
  if (!/<(script|iframe|object|embed)\b/i.test(html)) return null;
  const parse = (text: string) => new DOMParser().parseFromString(text, "text/html");
  const page = parse(html);
  const frames = [...page.querySelectorAll("iframe,object,embed")];
  const scripts = page.querySelector("script:not([type*=json])");
  if (frames.length === 0 && !scripts) return null;
  const source = frames.map((each) => each.getAttribute("src") ?? each.getAttribute("data") ?? "");
  const address = source.find((each) => /^(https?:)?\/\//i.test(each)) ?? null;
  const left = parse(cleaned(html));
  const all = !left.body.textContent?.trim() && !left.querySelector(VISIBLE);
  const inner = source[0] && !address ? `It shows ${source[0]}, which is not part of it. ` : "";
  const runs = scripts || frames.some((each) => each.hasAttribute("srcdoc"));
  return {
    says: inner + (runs ? "Scripts do not run here." : "Other pages are not shown here."),
    address: scripts ? null : address,
    all,
  };
}

/** A page that runs in a frame of its own origin: it reaches nothing of the notebook. */
export function apart(html: string, title: string): string {
  const quoted = (text: string) =>
    text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  const page =
    `<!doctype html><meta charset="utf-8"><title>${quoted(title)}</title>` +
    "<style>html,body,iframe{margin:0;border:0;width:100%;height:100%;display:block}</style>" +
    `<iframe sandbox="allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox" srcdoc="${quoted(html)}"></iframe>`;
  return URL.createObjectURL(new Blob([page], { type: "text/html" }));
}
