import { createContext, useCallback, useContext, useState, type ReactNode } from "react";

const Toasts = createContext<(text: string) => void>(() => {});

/** Says a text for a few seconds, to screen readers too. */
export const useToast = () => useContext(Toasts);

const shownMs = 5_000;
/** More would stand over the page. */
const mostShown = 2;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<{ id: number; text: string }[]>([]);
  const say = useCallback((text: string) => {
    const id = performance.now();
    setShown((all) => [...all.slice(1 - mostShown), { id, text }]);
    setTimeout(() => setShown((all) => all.filter((each) => each.id !== id)), shownMs);
  }, []);
  return (
    <Toasts value={say}>
      {children}
      <div aria-live="polite" className="pointer-events-none fixed right-4 bottom-4 z-40 flex flex-col gap-2">
        {shown.map(({ id, text }) => (
          <p key={id} className="rounded-md bg-ink px-3 py-2 text-page shadow-lg">
            {text}
          </p>
        ))}
      </div>
    </Toasts>
  );
}
