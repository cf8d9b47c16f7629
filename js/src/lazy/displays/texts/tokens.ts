/** Tells comments, strings and keywords apart in code of most languages. Pure, and no parser. */
export type Token = { text: string; kind: "" | "comment" | "string" | "keyword" };

const KEYWORDS = new Set(
  `abstract and as assert async await begin bool boolean break by case catch char class const continue
  create def default del delete do double elif else end enum except export extends extern false False
  final finally float fn for foreach from func function global go goto group having if impl implements
  import in insert instanceof int interface into is join lambda let limit long match mod module mut
  namespace new nil None nonlocal not null on or order override package pass private protected pub
  public raise return select self set static string struct super switch table then this throw trait
  true True try type typeof undefined union unless until update use using values var virtual void when
  where while with yield`.split(/\s+/),
);
/** Languages in which `#` begins a comment; `--` does in SQL and its relatives, `//` in most others. */
const HASH = /^(python|py|r|shell|sh|bash|yaml|yml|toml|ruby|perl|dockerfile|jinja2|make)?$/i;
const DASHES = /sql|lua|haskell/i;
const STRINGS =
  /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/;
const WORD = /[A-Za-z_]\w*/;
/** Longer texts are shown as they are. */
const MOST = 60_000;

function comments(language: string): string {
  if (DASHES.test(language)) return "--[^\\n]*";
  if (HASH.test(language)) return "#[^\\n]*";
  if (/html|xml|markdown|^md$/i.test(language)) return "<!--[\\s\\S]*?(?:-->|$)";
  return "\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?(?:\\*\\/|$)";
}

/** The tokens of each line. What stands between comments, strings and keywords is of no kind. */
export function tokensOf(code: string, language: string): Token[][] {
  const lines: Token[][] = [[]];
  const add = (text: string, kind: Token["kind"]) => {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) lines.push([]);
      if (part) lines.at(-1)?.push({ text: part, kind });
    }
  };
  const plain = /^(json|latex|text|markdown|md)$/i.test(language) || code.length > MOST;
  const marks = new RegExp(`(${comments(language)})|(${STRINGS.source})|(${WORD.source})`, "g");
  let at = 0;
  for (const match of plain ? [] : code.matchAll(marks)) {
    const [text, comment, string, word] = match;
    if (word !== undefined && !KEYWORDS.has(word)) continue;
    add(code.slice(at, match.index), "");
    add(text, comment !== undefined ? "comment" : string !== undefined ? "string" : "keyword");
    at = match.index + text.length;
  }
  add(code.slice(at), "");
  return lines;
}
