import type { ButtonHTMLAttributes } from "react";

const kinds = {
  primary: "bg-accent text-on-accent border-accent hover:opacity-90",
  plain: "bg-raised text-ink border-edge hover:bg-sunken",
  danger: "bg-raised text-danger border-edge hover:bg-danger-soft",
};

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { kind?: keyof typeof kinds };

export function Button({ kind = "plain", type = "button", className = "", ...rest }: ButtonProps) {
  return <button {...rest} type={type} className={`${buttonLook(kind)} ${className}`} />;
}

/** What a button looks like, for a link that stands where one would. */
export function buttonLook(kind: keyof typeof kinds): string {
  return `inline-flex min-h-8 items-center gap-1.5 rounded-md border px-3 py-1 font-medium whitespace-nowrap disabled:opacity-50 ${kinds[kind]}`;
}
