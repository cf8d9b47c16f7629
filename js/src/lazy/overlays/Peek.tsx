import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Output } from "../../outputs/Output";
import type { NodeId, PlanStep, RunCommand } from "../../protocol.gen";
import type { Store } from "../../state/store";
import type { Peeked } from "../../state/view";
import { useApp } from "../../ui/context";
import { plural, stress } from "../../ui/format";

/** How long a person points at something who means it. */
const DELAY_MS = 120;
/** Steps that are named; the canvas shows the others too. */
const MOST_STEPS = 8;
const GAP = 8;

/** What there is to know of what a person points at, before they do anything. */
export function Peek(peeked: Peeked) {
  const { at } = peeked;
  return at.hasAttribute("data-edge") ? <EdgeValue {...peeked} /> : <Plan {...peeked} />;
}

function usePlan(at: Element): PlanStep[] | null {
  const { bridge, store, view } = useApp();
  const [steps, setSteps] = useState<PlanStep[] | null>(null);
  useEffect(() => {
    let current = true;
    setSteps(null);
    const timer = setTimeout(async () => {
      const plan = at.getAttribute("data-plan") ?? "";
      const node = at.closest<HTMLElement>("[data-node]")?.dataset.node as NodeId | undefined;
      const command = {
        kind: "plan" as const,
        targets: node === undefined ? [] : [node],
        mode: plan.replace("!", "") as RunCommand["mode"],
        force: plan.endsWith("!"),
      };
      const answer = await bridge.ask(command).catch(() => null);
      if (!current || !answer || !at.isConnected) return;
      setSteps(answer.steps);
      const cards = new Set(answer.steps.map((step) => step.node));
      if (cards.size) view.highlight.value = { kind: "plan", cards };
    }, DELAY_MS);
    return () => {
      current = false;
      clearTimeout(timer);
      if (view.highlight.peek()?.kind === "plan") view.highlight.value = null;
    };
  }, [at, bridge, view, store.staleCount.value]);
  return steps;
}

/** What would run, in order, and why; the same cards stand out on the canvas. */
function Plan(peeked: Peeked) {
  const { store } = useApp();
  const steps = usePlan(peeked.at);
  if (!steps) return null;
  return (
    <Popover {...peeked} beside key={steps.length}>
      {steps.length === 0 || steps.every((step) => asked(step, store)) ? (
        <p>Up to date. Run again?</p>
      ) : (
        <>
          <p>
            Runs <strong>{plural(steps.length, "step")}</strong>
          </p>
          <ol class="daggr-plan">
            {steps.slice(0, MOST_STEPS).map((step) => (
              <Step key={step.node} {...step} />
            ))}
          </ol>
          {steps.length > MOST_STEPS && (
            <p class="daggr-quiet">and {steps.length - MOST_STEPS} more</p>
          )}
        </>
      )}
    </Popover>
  );
}

/** Whether a step is there for being asked for, and for nothing else. */
function asked({ node, reasons }: PlanStep, store: Store): boolean {
  return reasons.length === 0 && store.card(node)?.state.peek().freshness === "fresh";
}

function Step(step: PlanStep) {
  const { node, reasons } = step;
  const { store } = useApp();
  const [reason] = reasons;
  const otherwise = asked(step, store) ? "up to date, runs again" : "not run";
  const [before, subject, after] = stress(reason?.text ?? otherwise, reason?.subject ?? "");
  return (
    <li>
      <span class="daggr-plan-node">{node}</span>
      <span class="daggr-quiet">
        {before}
        {subject && <b>{subject}</b>}
        {after}
      </span>
    </li>
  );
}

/** The value that last went along an edge. */
function EdgeValue(peeked: Peeked) {
  const { store } = useApp();
  const id = peeked.at.getAttribute("data-edge");
  const edge = store.edges.value.find((each) => each.id === id);
  if (!edge) return null;
  const { source, source_port: port, target, target_port, fresh, scatter, gather } = edge;
  const preview = store.card(source)?.values.value[port];
  const how = [
    fresh ? "fresh" : "stale",
    scatter && "one by one",
    gather && "all together",
    preview ? preview.summary : "no value yet",
  ];
  return (
    <Popover {...peeked} key={id}>
      <p class="daggr-plan-node">
        {source}.{port} → {target}.{target_port}
      </p>
      <p class="daggr-quiet">{how.filter(Boolean).join(" · ")}</p>
      {preview && <Output node={source} port={port} preview={preview} path={[]} label={port} />}
    </Popover>
  );
}

interface PopoverProps extends Peeked {
  /** Whether it keeps clear of the whole element, not only of the pointer. */
  beside?: boolean;
  children: ComponentChildren;
}

/** Something to read beside the pointer; it takes neither focus nor clicks. */
function Popover({ at, x, y, beside, children }: PopoverProps) {
  const { view } = useApp();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const root = view.root?.getBoundingClientRect();
    if (!box.current || !root) return;
    const menu = at.closest(".daggr-menu")?.getBoundingClientRect();
    const element = menu ?? at.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box.current;
    const target = !beside && (x || y) ? { left: x, right: x, top: y, bottom: y } : element;
    const [left, top] = menu ? sideOf(menu, root, width) : below(target, root, height);
    const fit = (value: number, most: number) => Math.max(GAP, Math.min(value, most - GAP));
    box.current.style.left = `${fit(left, root.width - width)}px`;
    box.current.style.top = `${fit(top, root.height - height)}px`;
  });
  return (
    <div ref={box} class="daggr-peek" role="status">
      {children}
    </div>
  );
}

type Sides = Pick<DOMRect, "left" | "right" | "top" | "bottom">;

function below(target: Sides, root: DOMRect, height: number): [number, number] {
  const under = target.bottom - root.top + GAP;
  const over = target.top - root.top - GAP - height;
  return [target.left - root.left, under + height > root.height && over > 0 ? over : under];
}

function sideOf(menu: Sides, root: DOMRect, width: number): [number, number] {
  const right = menu.right - root.left + GAP;
  const left = menu.left - root.left - GAP - width;
  return [right + width > root.width ? left : right, menu.top - root.top];
}
