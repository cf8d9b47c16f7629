import { useEffect, useState } from "preact/hooks";
import { listen } from "../ui/listen";

/** Calls back when the colours may be others now: what is painted must be painted again. */
export function onTheme(changed: () => void): () => void {
  // A host switches its theme by a class or an attribute, a system by a media query.
  const themes = new MutationObserver(changed);
  const { documentElement, body } = document;
  for (const element of [documentElement, body]) themes.observe(element, { attributes: true });
  const stopDark = listen(matchMedia("(prefers-color-scheme: dark)"), { change: changed });
  return () => {
    themes.disconnect();
    stopDark();
  };
}

/** Whether an element stands on a dark ground, now and after a change of the theme. */
export function useDark(at: { current: Element | null }): boolean {
  const [dark, setDark] = useState(false);
  useEffect(() => {
    const look = () => {
      const scheme = at.current
        ? getComputedStyle(at.current.parentElement ?? at.current).colorScheme
        : "";
      const system = matchMedia("(prefers-color-scheme: dark)").matches;
      setDark(scheme.includes("dark") && (system || !scheme.includes("light")));
    };
    look();
    return onTheme(() => requestAnimationFrame(look));
  }, []);
  return dark;
}
