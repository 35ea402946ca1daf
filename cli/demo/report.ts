import { decimal } from "../../core/decimal.ts";
import type { WalletBalance } from "../../sdk/src/index.ts";
import type { Account } from "./fill.ts";
import type { Tally } from "./stream.ts";

const barWidth = 30;

/** The lines to show while events are sent: how far, how fast and how dear, and two customers whose balances fall. */
export function progressLines(tally: Tally, events: number | null, accounts: Account[], isTerminal: boolean): string[] {
  const rate = tally.elapsedMs === 0 ? 0 : tally.sent / (tally.elapsedMs / 1_000);
  const total = events === null ? "" : `/${events}`;
  const bar = events === null || !isTerminal ? "" : `${drawBar(tally.sent / events)} `;
  return [
    `${bar}${tally.sent}${total} events  ${rate.toFixed(1)}/s  cost ${amounts(tally.cost)}  ${tally.rejected} rejected`,
    watched(accounts)
      .map(({ customer, balances }) => `${customer.name}: ${amounts(balances)}`)
      .join("   "),
  ];
}

function drawBar(part: number): string {
  const filled = Math.round(part * barWidth);
  return "█".repeat(filled) + "░".repeat(barWidth - filled);
}

/** The busiest customer who prepays and the busiest who pays as they go. */
function watched(accounts: Account[]): Account[] {
  return (["prepaid_tokens", "pay_as_you_go"] as const).flatMap(
    (plan) => accounts.find(({ customer }) => customer.plan === plan) ?? [],
  );
}

/** To two places and with thousands apart, for watching. Example: `1,234,567 token, 3.21 usd`. */
function amounts(wallets: WalletBalance[]): string {
  if (wallets.length === 0) return "nothing";
  return wallets.map((wallet) => `${grouped(shortened(wallet.balance))} ${codeOf(wallet)}`).join(", ");
}

function shortened(amount: string): string {
  return decimal(amount).round({ scale: 2, mode: "half-even" }).toString();
}

/** The table at the end, each balance exactly as the API gives it, and what it all came to. */
export function summaryLines(tally: Tally, accounts: Account[]): string[] {
  const head = ["Customer", "Plan", "Charged", "Rejected", "Balance left"];
  const rows = accounts.map(({ customer, balances, charged, rejected }) => [
    customer.name,
    customer.plan,
    String(charged),
    rejected === 0 ? "" : String(rejected),
    balances.map((wallet) => `${grouped(wallet.balance)} ${codeOf(wallet)}`).join(", "),
  ]);
  return [
    ...table([head, ...rows]),
    "",
    `${tally.sent} events in ${(tally.elapsedMs / 1_000).toFixed(0)} s; charged ${amounts(tally.cost)}.`,
    ...rejections(tally, accounts),
  ];
}

function rejections({ rejected, topUps }: Tally, accounts: Account[]): string[] {
  if (rejected === 0) return [];
  const short = accounts.filter((account) => account.rejected > 0).length;
  const bought = topUps === 0 ? "" : ` Packs bought after that: ${topUps}.`;
  return [
    `${rejected} of them were rejected for insufficient balance (${counted(short, "customer", "customers")}): their plan blocks an overdraft, so nothing was charged.${bought}`,
  ];
}

/** A minus is ink enough for money owed: no colour, which a pipe would have to strip. */
function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => column === 2 || column === 3;
  return rows.map((row) =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function grouped(amount: string): string {
  const [whole = "", fraction] = amount.split(".");
  const apart = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

function codeOf({ currency_code, pricing_unit_code }: WalletBalance): string {
  return currency_code ?? pricing_unit_code ?? "";
}

/** What the filling made, in a sentence; what it does not name was there already. */
export function filledLine(created: { catalog: number; customers: number; grants: number }): string {
  const made = [
    counted(created.catalog, "catalog entry", "catalog entries"),
    counted(created.customers, "customer", "customers"),
    counted(created.grants, "credit grant", "credit grants"),
  ].filter((part) => part !== null);
  return made.length === 0 ? "Everything is there already." : `Made ${made.join(", ")}.`;
}

function counted(number: number, one: string, many: string): string | null {
  return number === 0 ? null : `${number} ${number === 1 ? one : many}`;
}
