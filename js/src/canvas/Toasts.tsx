import { useApp } from "../context";
import { Icon } from "../icons";

/** Commands the kernel could not carry out, and why. */
export function Toasts() {
  const { store } = useApp();
  return (
    <div class="daggr-toasts" role="log" aria-label="Messages">
      {store.toasts.value.map((toast) => (
        <div class="daggr-toast" key={toast.id}>
          <p>{toast.text}</p>
          <button
            type="button"
            class="daggr-button daggr-square"
            aria-label="Dismiss"
            onClick={() => store.dismiss(toast.id)}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
    </div>
  );
}
