import { createContext, useContext, useState, type ReactNode } from "react";
import type { CompanyResponse } from "../../../sdk/src/generated/types.ts";
import { useRead } from "./api/use-api.ts";
import { instantOf, isTimeZone, localTimeOf } from "./time-zone.ts";
import { Field } from "./ui/field.tsx";

/** Null until the company has said it, so that no time is shown that is another a moment later. */
const TimeZone = createContext<string | null>(null);

/** The company's time zone, in which all below it shows and reads instants. */
export function TimeZoneProvider({ children }: { children: ReactNode }) {
  const { data, error } = useRead<CompanyResponse>("/v1/company");
  const given = data?.company.timezone;
  const known = given !== undefined && isTimeZone(given) ? given : "UTC";
  return <TimeZone value={given === undefined && error === null ? null : known}>{children}</TimeZone>;
}

/** The name of the zone in which times are shown. */
export const useTimeZone = () => useContext(TimeZone) ?? "UTC";

type InstantProps = {
  at: string | null;
  seconds?: boolean;
  /** The day alone, where the time of day says nothing. */ isDay?: boolean;
};

/** An instant as clocks of the company show it, to the minute; null is a dash, and a calendar day stays what it is. */
export function Instant({ at, seconds = false, isDay: onlyDay = false }: InstantProps) {
  const zone = useContext(TimeZone);
  if (at === null) return <span className="text-muted">–</span>;
  return (
    <time
      dateTime={at}
      title={isDay(at) ? at : `${showInstant(at, zone ?? "UTC", true)} ${zone ?? ""}, ${at} in UTC`}
      className={`whitespace-nowrap ${zone === null ? "invisible" : ""}`}
    >
      {showInstant(at, zone ?? "UTC", seconds).slice(0, onlyDay ? "2026-03-10".length : undefined)}
    </time>
  );
}

const isDay = (at: string) => !at.includes("T");

/** "2026-03-10T09:00:30Z" in Europe/Berlin → "2026-03-10 10:00". */
export function showInstant(at: string, timeZone: string, seconds = false): string {
  return isDay(at)
    ? at
    : localTimeOf(at, timeZone)
        .slice(0, seconds ? 19 : 16)
        .replace("T", " ");
}

/** "2026-03-10 – 2026-04-09": a billing period from its first day to its last, in UTC whatever the company's zone. */
export function Period({ start, end }: { start: string | null; end: string | null }) {
  const zone = useTimeZone();
  if (start === null || end === null) return "–";
  return (
    <span title={`${start} – ${end}, in UTC`}>
      <span className="whitespace-nowrap">{showBoundary(start)} –</span>{" "}
      <span className="whitespace-nowrap">{showEnd(end)}</span>
      {zone !== "UTC" && <span className="text-xs text-muted"> UTC</span>}
    </span>
  );
}

/** A boundary of a period, in UTC: its day, and the time where the customer's midnight is another. */
export function showBoundary(at: string): string {
  return showInstant(at, "UTC").replace(" 00:00", "");
}

/** The last day of a period that ends at midnight in UTC; the instant at which another ends. */
function showEnd(at: string): string {
  const lastMoment = new Date(Date.parse(at) - 1).toISOString();
  return showBoundary(at).includes(":") ? showBoundary(at) : lastMoment.slice(0, "2026-03-10".length);
}

type TimeFieldProps = { label: string; name: string; hint?: string; required?: boolean };

/** Asks for an instant by the company's clocks. What was there and is not changed is sent as it was, to the millisecond. */
export function InstantField({ label, defaultAt, hint, ...rest }: TimeFieldProps & { defaultAt?: string }) {
  const zone = useTimeZone();
  const before = defaultAt === undefined ? "" : localTimeOf(defaultAt, zone).slice(0, 16);
  const [text, setText] = useState(before);
  const resolved = text === "" ? null : instantOf(text, zone);
  const isUnchanged = defaultAt !== undefined && text === before;
  return (
    <Field
      {...rest}
      label={`${label} (${zone})`}
      type="datetime-local"
      value={text}
      onChange={(event) => setText(event.target.value)}
      submitted={isUnchanged ? defaultAt : (resolved?.at ?? "")}
      hint={(!isUnchanged && resolved && warningOf(resolved, zone)) || hint}
    />
  );
}

/** Asks for a calendar day, and sends the instant at which it begins where the company is. */
export function DayField({ label, hint, ...rest }: TimeFieldProps) {
  const zone = useTimeZone();
  const [text, setText] = useState("");
  return (
    <Field
      {...rest}
      label={label}
      type="date"
      value={text}
      onChange={(event) => setText(event.target.value)}
      submitted={text === "" ? "" : instantOf(text, zone).at}
      hint={`At the start of this day, ${zone}. ${hint ?? ""}`.trimEnd()}
    />
  );
}

function warningOf({ at, happens }: ReturnType<typeof instantOf>, zone: string): string | null {
  if (happens === "once") return null;
  const utc = `${showInstant(at, "UTC")} UTC`;
  return happens === "twice"
    ? `Clocks go back and show this time twice on this day; the first is used, ${utc}.`
    : `Clocks go forward and skip this time on this day; ${showInstant(at, zone).slice(-5)} is used, ${utc}.`;
}
