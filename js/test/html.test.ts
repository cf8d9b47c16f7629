// @vitest-environment happy-dom
import { afterEach, describe, expect, test, vi } from "vitest";
import { apart, lacks } from "../src/lazy/displays/texts/apart";

const strip = (html: string) => html.replace(/<(iframe|script|object|embed)\b.*?<\/\1>/gis, "");
const YOUTUBE =
  '<iframe width="400" src="https://www.youtube.com/embed/x?y=1" allowfullscreen></iframe>';

describe("what lives by scripts", () => {
  test.each([
    ["a table", "<table><tr><td>1</td></tr></table>"],
    ["data for search machines", '<script type="application/ld+json">{}</script><p>text</p>'],
    ["a word", "<p>a script, an iframe</p>"],
  ])("%s needs nothing", (_, html) => {
    expect(lacks(html, strip)).toBeNull();
  });

  test("another page is a link to it", () => {
    const lacking = lacks(YOUTUBE, strip);
    expect(lacking).toEqual({
      says: "Other pages are not shown here.",
      address: "https://www.youtube.com/embed/x?y=1",
      all: true,
    });
  });

  test.each([
    [
      "a map",
      '<div><span>Trust</span><iframe srcdoc="&lt;script&gt;1&lt;/script&gt;"></iframe></div>',
      false,
    ],
    ["a plot", '<div id="p"></div><script>draw()</script>', true],
    ["a module", '<script type="module" src="https://x.org/a.js"></script><b>text</b>', false],
  ])("%s says that its scripts do not run, and is opened as it is", (_, html, all) => {
    const lacking = lacks(html, strip);
    expect(lacking).toEqual({ says: "Scripts do not run here.", address: null, all });
  });

  test("a page beside the notebook is named", () => {
    expect(lacks('<iframe src="nb.html"></iframe>', strip)?.says).toContain("It shows nb.html");
  });
});

describe("a tab of its own", () => {
  afterEach(() => vi.restoreAllMocks());

  test("holds the page in a frame of another origin", async () => {
    let blob = new Blob();
    vi.spyOn(URL, "createObjectURL").mockImplementation((made) => {
      blob = made as Blob;
      return "blob:it";
    });
    const html = '<p title="a &amp; b">"quoted"</p><script>1 < 2</script>';
    expect(apart(html, "</title><b>")).toBe("blob:it");
    const page = new DOMParser().parseFromString(await blob.text(), "text/html");
    const frame = page.querySelector("iframe");
    expect(frame?.getAttribute("srcdoc")).toBe(html);
    expect(frame?.getAttribute("sandbox")).not.toContain("same-origin");
    expect(page.querySelectorAll("script, b")).toHaveLength(0);
    expect(page.title).toBe("</title><b>");
  });
});
