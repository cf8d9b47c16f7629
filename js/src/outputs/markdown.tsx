import type { ComponentChildren } from "preact";
import { useTab } from "../context";
import { Scroller } from "../parts";
import { type Block, type Inline, parseBlocks, parseInline } from "./mdparse";
import type { OutputProps } from "./Output";
import { WholeText } from "./text";

export function Markdown(props: OutputProps) {
  return (
    <WholeText {...props}>
      {(text) => (
        <Scroller class="daggr-markdown" label={props.label}>
          {parseBlocks(text).map((block, index) => (
            <BlockView key={index} block={block} />
          ))}
        </Scroller>
      )}
    </WholeText>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      // Headings of a value must not disturb the outline of the notebook around it.
      return (
        <p class={`daggr-h daggr-h${Math.min(block.level, 3)}`}>
          <Text source={block.text} />
        </p>
      );
    case "code":
      return <pre class="daggr-code">{block.text}</pre>;
    case "quote":
      return (
        <blockquote>
          <Text source={block.text} />
        </blockquote>
      );
    case "rule":
      return <hr />;
    case "list": {
      const items = block.items.map((item, index) => (
        <li key={index} style={item.depth ? { marginLeft: `${item.depth * 14}px` } : undefined}>
          <Text source={item.text} />
        </li>
      ));
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case "paragraph":
      return (
        <p>
          <Text source={block.text} />
        </p>
      );
  }
}

function Text({ source }: { source: string }) {
  return <>{parseInline(source).map(inline)}</>;
}

function inline(part: Inline, index: number): ComponentChildren {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code key={index}>{part.text}</code>;
    case "strong":
      return <strong key={index}>{part.children.map(inline)}</strong>;
    case "em":
      return <em key={index}>{part.children.map(inline)}</em>;
    case "break":
      return <br key={index} />;
    case "link":
      return <Link key={index} href={part.href} text={part.text} />;
  }
}

function Link({ href, text }: { href: string; text: string }) {
  const tab = useTab();
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={tab}>
      {text}
    </a>
  );
}
