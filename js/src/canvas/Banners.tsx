import { useApp } from "../ui/context";

/** What concerns the whole canvas. */
export function Banners() {
  const { store } = useApp();
  return (
    <div class="daggr-banners">
      {store.banners.value.map(({ kind, text }) => (
        <p key={kind} class="daggr-banner" role="status" data-banner={kind}>
          {text}
        </p>
      ))}
    </div>
  );
}
