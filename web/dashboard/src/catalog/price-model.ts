import { textOf, type Draft } from "./plan-draft.ts";
import { modelSpecs } from "./plan-fields.ts";
import { templates } from "./price-templates.ts";

/** The model of a price that is being written. */
export function modelOf(price: Draft): string {
  return textOf(price.model) || "per_unit";
}

/** The price by another model: what only the one before knew goes, what both know and what neither knows stays. */
export function withModel(price: Draft, model: string): Draft {
  const namesOf = (each: string) => new Set((modelSpecs[each]?.specs ?? []).map(({ name }) => name));
  const [before, after] = [namesOf(modelOf(price)), namesOf(model)];
  const stays = Object.entries(price).filter(([name]) => !before.has(name) || (after.has(name) && fits(price, model)));
  return { ...templates[model], ...Object.fromEntries(stays), model };
}

/** Tiers of units and tiers of percent have one name. */
function fits(price: Draft, model: string): boolean {
  return (modelOf(price) === "graduated_percentage") === (model === "graduated_percentage");
}
