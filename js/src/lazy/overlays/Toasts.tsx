import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

/** Commands the kernel could not carry out, and why. */
export function Toasts() {
  const { store } = useApp();
  return (
    <div class="daggr-toasts">
      {store.toasts.value.map((toast) => (
        <div class="daggr-toast" key={toast.id} role="alert">
          <p>{toast.text}</p>
          <Button
            look="square"
            icon="cross"
            name="Dismiss"
            onClick={() => store.dismiss(toast.id)}
          />
        </div>
      ))}
    </div>
  );
}
