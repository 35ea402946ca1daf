import { BillingError } from "../../../core/errors.ts";
import type { Meter } from "../../../core/meter.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { Clock } from "../platform/clock.ts";
import type { Queryable } from "../platform/db.ts";
import { toMeter } from "./meter-schema.ts";
import { toPlanDocument } from "./plan-document.ts";
import * as rows from "./sql.ts";

/**
 * The catalog as an event needs it: from this process's memory wherever that is safe. What is not in memory is read through the
 * `db` of the call, so that a transaction never waits for a second connection. That transaction must not change the catalog
 * itself: what it read of its own changes would stay in memory even if they are undone.
 */
export type Catalog = {
  /**
   * The live meters that measure events of this name. A change in this process shows at once, one in another within a second; but a
   * meter that is `priced` by the plans at hand is never missing for being new.
   */
  metersFor(db: Queryable, tenantId: number, eventName: string, priced?: readonly string[]): Promise<Meter[]>;
  /** The meters of these codes, archived ones too; each must exist. */
  metersByCode(db: Queryable, tenantId: number, codes: string[]): Promise<Meter[]>;
  /** @throws PLAN_VERSION_NOT_FOUND */
  planVersion(db: Queryable, tenantId: number, planCode: string, version: number): Promise<PlanDocument>;
};

export function createCatalogReader(clock: Clock): Catalog {
  return { metersFor: createMeterFinder(clock), metersByCode, planVersion: createPlanVersionFinder() };
}

/** As for API keys: every process follows a change within a second, with no message that could get lost. */
const meterCacheMs = 900;

/** Companies with events in the same second, and a mode each. Beyond it everything is read again, which is slow and right. */
const meterCacheSize = 10_000;

/** How often each tenant's meters have been changed by this process. What was read before the last change is not used after it. */
const meterChanges = new Map<number, number>();

/**
 * Lets no reader of this process use what it has read of the tenant's meters until now. To be called after the commit of a
 * change: a reader that came before the commit would only read the old meters again, and keep them.
 */
export function forgetMeters(tenantId: number): void {
  meterChanges.set(tenantId, changesOf(tenantId) + 1);
}

const changesOf = (tenantId: number) => meterChanges.get(tenantId) ?? 0;

/** `looked` holds the codes of the meters found, and of those that a plan priced and that were looked for in vain. */
type CachedMeters = { byEventName: Map<string, Meter[]>; looked: Set<string>; until: number; changes: number };

function createMeterFinder(clock: Clock): Catalog["metersFor"] {
  const cache = new Map<number, CachedMeters>();
  return async (db, tenantId, eventName, priced = []) => {
    const now = clock.now().getTime();
    let cached = cache.get(tenantId);
    if (cached === undefined || !isFresh(cached, tenantId, now) || !priced.every((code) => cached?.looked.has(code))) {
      // Counted before the read: a change that commits during it may not be in what was read.
      const changes = changesOf(tenantId);
      // Not shared with those who ask meanwhile: it would fail them all if this caller's transaction fails.
      const meters = await findLiveMeters(db, tenantId);
      const looked = new Set([...meters.map(({ code }) => code), ...priced, ...(cached?.looked ?? [])]);
      cached = { byEventName: groupByEventName(meters), looked, until: now + meterCacheMs, changes };
      if (cache.size >= meterCacheSize) cache.clear();
      cache.set(tenantId, cached);
    }
    return cached.byEventName.get(eventName) ?? [];
  };
}

function isFresh(cached: CachedMeters, tenantId: number, now: number): boolean {
  // A clock that was set back must not make an answer last longer.
  return cached.changes === changesOf(tenantId) && now < cached.until && cached.until <= now + meterCacheMs;
}

function groupByEventName(meters: Meter[]): Map<string, Meter[]> {
  const groups = new Map<string, Meter[]>();
  for (const meter of meters) {
    const group = groups.get(meter.eventName);
    if (group === undefined) groups.set(meter.eventName, [meter]);
    else group.push(meter);
  }
  return groups;
}

/** The tenant's meters that are not archived. */
export async function findLiveMeters(db: Queryable, tenantId: number): Promise<Meter[]> {
  return (await rows.findLiveMeters(db, tenantId)).map(toMeter);
}

/** A meter and when it could measure: a meter never changes between the two. */
export type MeterHistory = { meter: Meter; createdAt: Date; archivedAt: Date | null };

/** All meters that the tenant has ever had. */
export async function findMeterHistory(db: Queryable, tenantId: number): Promise<MeterHistory[]> {
  const found = await rows.findAllMeters(db, tenantId);
  return found.map((row) => ({ meter: toMeter(row), createdAt: row.created_at, archivedAt: row.archived_at }));
}

async function metersByCode(db: Queryable, tenantId: number, codes: string[]): Promise<Meter[]> {
  if (codes.length === 0) return [];
  return (await rows.findMetersByCode(db, tenantId, codes)).map(toMeter);
}

/** Versions in use at a time by a company with many custom plans; a document is a few kilobytes. */
const planVersionCacheSize = 10_000;

/** Versions never change, so one that was read is kept until there are too many; then the one not used for longest goes. */
function createPlanVersionFinder(): Catalog["planVersion"] {
  const cache = new Map<string, PlanDocument>();
  return async (db, tenantId, planCode, version) => {
    const key = `${tenantId}:${planCode}:${version}`;
    const document = cache.get(key) ?? (await loadPlanVersion(db, tenantId, planCode, version));
    // A Map keeps its keys in the order in which they were put in: the last used is last.
    cache.delete(key);
    cache.set(key, document);
    if (cache.size > planVersionCacheSize) cache.delete(cache.keys().next().value as string);
    return document;
  };
}

async function loadPlanVersion(
  db: Queryable,
  tenantId: number,
  planCode: string,
  version: number,
): Promise<PlanDocument> {
  const row = await rows.findPlanVersion(db, tenantId, planCode, version);
  if (row === null) throw new BillingError("PLAN_VERSION_NOT_FOUND");
  return toPlanDocument(row.document);
}
