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
  for (const found of text.matchAll(MARKED)) {
    const [whole, dollars, square, round, environment, , dollar] = found;
    add({ text: text.slice(at, found.index), kind: "text" });
    const own = dollars ?? square ?? environment ?? "";
    const within = round ?? dollar ?? "";
    // How objects show themselves that mean a formula on its own.
    const grand = DISPLAYED.test(within) && text.trim() === whole;
    if (own || grand) add({ text: own || within.replace(DISPLAYED, ""), kind: "display" });
    else add({ text: within, kind: "inline" });
    at = found.index + whole.length;
  }
  add({ text: text.slice(at), kind: "text" });
  return pieces;
}
