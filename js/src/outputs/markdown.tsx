import type { ComponentChildren } from "preact";
import { useCard } from "../context";
import { parseBlocks, parseInline, type Block, type Inline } from "./mdparse";
import type { OutputProps } from "./Output";
import { ShowButton, useText } from "./text";

export function Markdown(props: OutputProps) {
  const { text, load, failure } = useText(props);
  const { tab } = useCard();
  if (text === null) {
    return props.preview.digest ? <ShowButton load={load} failure={failure} /> : null;
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling text is no section of the page
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller must be reachable by keyboard
    <div class="daggr-markdown daggr-scroll" role="region" aria-label={props.label} tabIndex={tab.value}>
      {parseBlocks(text).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
        <BlockView key={index} block={block} />
      ))}
    </div>
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
        // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
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
  const { tab } = useCard();
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={tab.value}>
      {text}
    </a>
  );
}
