import type { Invoice } from "../../../../sdk/src/generated/types.ts";
import { Badge, type Tone } from "../ui/badge.tsx";

const tones: Record<Invoice["status"], Tone> = {
  draft: "neutral",
  open: "warn",
  paid: "good",
  void: "neutral",
  uncollectible: "danger",
};

export function InvoiceStatus({ status }: Pick<Invoice, "status">) {
  return <Badge tone={tones[status]}>{status}</Badge>;
}
