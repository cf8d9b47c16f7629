import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { useTab } from "../../ui/context";

/** How far from the end, in pixels, a person still reads along. */
const NEAR = 48;

interface LogProps {
  label: string;
  /** Whether an answer is being made: it is read out when it is whole. */
  busy: boolean;
  /** How many messages there are. */
  said: number;
  children: ComponentChildren;
}

/** What was said. It follows the end, unless a person has scrolled away from it. */
export function Log({ label, busy, said, children }: LogProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const follows = useRef(true);
  const [away, setAway] = useState(false);
  const tab = useTab();

  const toEnd = () => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useEffect(() => {
    if (!list.current) return;
    const observer = new ResizeObserver(() => follows.current && toEnd());
    observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    follows.current = true;
    toEnd();
  }, [said]);

  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current as HTMLDivElement;
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
    setAway(!follows.current);
  };
  return (
    <div class="daggr-talk-log">
      <div
        ref={scroller}
        class="daggr-talk-scroll"
        role="log"
        aria-label={label}
        aria-live="polite"
        aria-busy={busy}
        tabIndex={tab ?? 0}
        onScroll={onScroll}
      >
        <ol ref={list}>{children}</ol>
      </div>
      {away && (
        <Button
          look="square"
          icon="down"
          name="To the last message"
          onClick={() => {
            toEnd();
            scroller.current?.focus({ preventScroll: true });
          }}
        />
      )}
    </div>
  );
}
