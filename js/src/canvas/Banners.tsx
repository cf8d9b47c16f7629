import { useApp } from "../context";
import type { Connection } from "../store";

const CONNECTION: Partial<Record<Connection, string>> = {
  lost: "Kernel disconnected, or busy. This is its last known state.",
  none: "No kernel. This is the saved state, read-only.",
};

/** What concerns the whole canvas. */
export function Banners() {
  const { store } = useApp();
  const connection = CONNECTION[store.connection.value];
  const notice = store.notice.value;
  if (!connection && !notice) return null;
  return (
    <div class="daggr-banners">
      {connection && (
        <p class="daggr-banner" role="status" data-connection={store.connection}>
          {connection}
        </p>
      )}
      {notice && (
        <p class="daggr-banner daggr-notice" role="status">
          {notice}
        </p>
      )}
    </div>
  );
}
