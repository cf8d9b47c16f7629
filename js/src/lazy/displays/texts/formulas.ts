/** Finds formulas in a text, by the marks that notebooks know. */
export interface Piece {
  text: string;
  /** Whether it is a formula, within a line or on its own. */
  kind: "text" | "inline" | "display";
}

const MARKED =
  /\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\(([\s\S]+?)\\\)|(\\begin\{(\w+\*?)\}[\s\S]+?\\end\{\5\})|\$((?:\\.|[^$\\])+?)\$/g;
const DISPLAYED = /^\\displaystyle\b\s*/;

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const add = (piece: Piece) => piece.text.trim() && pieces.push(piece);
  for (const match of text.matchAll(MARKED)) {
    const [whole, dollars, square, round, environment, , dollar] = match;
    add({ text: text.slice(at, match.index), kind: "text" });
    const block = dollars ?? square ?? environment ?? "";
    const inline = round ?? dollar ?? "";
    // How objects show themselves that mean a formula on its own.
    const grand = DISPLAYED.test(inline) && text.trim() === whole;
    if (block || grand) add({ text: block || inline.replace(DISPLAYED, ""), kind: "display" });
    else add({ text: inline, kind: "inline" });
    at = match.index + whole.length;
  }
  add({ text: text.slice(at), kind: "text" });
  return pieces;
}
