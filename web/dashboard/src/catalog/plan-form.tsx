import { ArrowDown, ArrowUp, ChevronRight, Plus, Trash2 } from "lucide-react";
import { memo, useContext, useEffect, useState, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Empty } from "../ui/empty.tsx";
import { FieldErrors } from "../ui/field.tsx";
import { isObject, listOf, movedTo, textOf, type Draft, type Path } from "./plan-draft.ts";
import { listSpecs, modelSpecs, modifierSpecs, planSpecs, priceSpecs, type ListSpec } from "./plan-fields.ts";
import { modelOf } from "./price-model.ts";
import { PricePreview } from "./price-preview.tsx";
import { templates } from "./price-templates.ts";
import { SpecFields, type Change } from "./spec-field.tsx";

type FormProps = { draft: Draft; change: Change; currencyCode: string; meterCode: string };

/** The fields of a plan's document. What it does not know of the document it leaves as it is. */
export function PlanForm({ draft, change, currencyCode, meterCode }: FormProps) {
  const prices = listOf(draft.usage_prices);
  const add = (model: string) =>
    change(
      ["usage_prices"],
      [...prices, { meter_code: meterCode, model, ...templates[model], currency_code: currencyCode }],
    );
  return (
    <div className="flex flex-col gap-4">
      <Card title="Plan" note="Its metadata, if it has any, stands in the JSON.">
        <SpecFields specs={planSpecs} of={draft} path={[]} change={change} />
      </Card>
      <Card title="Usage prices" note="What the readings of meters cost.">
        <Items
          name="usage_prices"
          items={prices}
          one="price"
          empty="No prices yet. A price says what the usage of a meter costs, by one of nine models."
          change={change}
          draw={(price, path) => <PriceFields {...{ price, path, change }} />}
        />
        <div role="group" aria-label="Add a price" className="mt-3 flex flex-wrap gap-2">
          {Object.entries(modelSpecs).map(([model, { title, says }]) => (
            <Button key={model} title={says} onClick={() => add(model)}>
              <Plus size={14} aria-hidden /> {title}
            </Button>
          ))}
        </div>
      </Card>
      {listSpecs.map((list) => (
        <ListCard key={list.name} {...{ list, change, currencyCode }} items={draft[list.name]} />
      ))}
    </div>
  );
}

type ListCardProps = { list: ListSpec; items: unknown; change: Change; currencyCode: string };

function ListCard({ list, items: given, change, currencyCode }: ListCardProps) {
  const { name, title, one, empty, specs } = list;
  const items = listOf(given);
  return (
    <Card
      title={title}
      action={
        <Button onClick={() => change([name], [...items, withFreeCode(list.initial(currencyCode), items)])}>
          <Plus size={14} aria-hidden /> Add {one}
        </Button>
      }
    >
      <Items
        {...{ name, one, items, empty, change }}
        draw={(item, path) => <SpecFields specs={specs} of={item} path={path} change={change} />}
      />
    </Card>
  );
}

/** "base", or "base_2" where there is one. */
function withFreeCode(item: object, others: unknown[]): object {
  if (!("code" in item)) return item;
  const taken = new Set(others.map((other) => (isObject(other) ? other.code : undefined)));
  let code = String(item.code);
  for (let number = 2; taken.has(code); number += 1) code = `${String(item.code)}_${number}`;
  return { ...item, code };
}

type ItemsProps = {
  name: string;
  items: unknown[];
  one: string;
  empty: string;
  change: Change;
  draw: (item: Draft, path: Path) => ReactNode;
};

function Items({ name, items, one, empty, change, draw }: ItemsProps) {
  // Of a long list only the new one is open, so that one sees the list.
  const [shownCount] = useState(items.length > fewItems ? items.length : 0);
  if (items.length === 0) return <Empty>{empty}</Empty>;
  const move = (from: number, to: number, by: string) => {
    flushSync(() => change([name], movedTo(items, from, to)));
    const moved = document.querySelector<HTMLElement>(`[data-item="${name}.${to}"]`);
    (moved?.querySelector<HTMLElement>(`[data-by="${by}"]`) ?? moved?.querySelector<HTMLElement>("[data-by]"))?.focus();
  };
  return (
    <ul className="flex flex-col gap-3">
      {items.map((item, index) => (
        <Item
          // An item has no name of its own but its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          {...{ name, index, one, draw }}
          item={isObject(item) ? item : {}}
          isOpenAtFirst={index >= shownCount}
          onUp={index === 0 ? null : () => move(index, index - 1, "up")}
          onDown={index === items.length - 1 ? null : () => move(index, index + 1, "down")}
          onRemove={() => change([name], items.toSpliced(index, 1))}
        />
      ))}
    </ul>
  );
}

const fewItems = 4;

type ItemProps = Pick<ItemsProps, "name" | "one" | "draw"> & {
  item: Draft;
  index: number;
  isOpenAtFirst: boolean;
  onUp: (() => void) | null;
  onDown: (() => void) | null;
  onRemove: () => void;
};

function Item({ name, item, index, one, draw, isOpenAtFirst, onUp, onDown, onRemove }: ItemProps) {
  const [isOpen, setIsOpen] = useState(isOpenAtFirst);
  const errors = useContext(FieldErrors);
  const isRefused = Object.keys(errors).some((path) => path.startsWith(`${name}.${index}.`));
  useEffect(() => {
    if (isRefused) setIsOpen(true);
  }, [isRefused]);
  const title = `${one} ${index + 1}`;
  const model = name === "usage_prices" ? (modelSpecs[modelOf(item)]?.title ?? modelOf(item)) : "";
  const called = textOf(item.name) || textOf(item.code) || textOf(item.meter_code);
  return (
    <li data-item={`${name}.${index}`} className="rounded-md border border-line">
      <div className="flex flex-wrap items-center gap-2 px-3 py-2">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
          className="min-w-0 flex-1 text-left break-words hover:underline"
        >
          <span className="font-medium">{called || title}</span>{" "}
          <span className="text-xs text-muted">{[title, model].filter(Boolean).join(", ")}</span>
        </button>
        <span className="flex gap-1">
          {onUp && <IconButton label={`Move ${title} up`} by="up" onClick={onUp} icon={ArrowUp} />}
          {onDown && <IconButton label={`Move ${title} down`} by="down" onClick={onDown} icon={ArrowDown} />}
          <IconButton label={`Remove ${title}`} onClick={onRemove} icon={Trash2} />
        </span>
      </div>
      {isOpen && <div className="border-t border-line p-3">{draw(item, [name, index])}</div>}
    </li>
  );
}

type IconButtonProps = { label: string; by?: string; onClick: () => void; icon: typeof Plus };

function IconButton({ label, by, onClick, icon: Icon }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      data-by={by}
      onClick={onClick}
      className="flex size-8 items-center justify-center rounded-md border border-line bg-raised text-muted hover:bg-sunken hover:text-ink"
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}

type PriceProps = { price: Draft; path: Path; change: Change };

const PriceFields = memo(
  ({ price, path, change }: PriceProps) => {
    const common = { of: price, path, change };
    return (
      <div className="flex flex-col gap-3">
        <SpecFields specs={[...priceSpecs, ...(modelSpecs[modelOf(price)]?.specs ?? [])]} {...common} />
        <Modifiers {...common} />
        <PricePreview price={price} code={textOf(price.code) || `price ${Number(path[1]) + 1}`} />
      </div>
    );
  },
  (before, after) => before.price === after.price && before.path.join(".") === after.path.join("."),
);

/** What may be added to a price of any model, out of the way until something was. */
function Modifiers({ of, path, change }: { of: Draft; path: Path; change: Change }) {
  const [isOpen, setIsOpen] = useState(() => modifierSpecs.some(({ name }) => !isStandard(of[name])));
  const errors = useContext(FieldErrors);
  const isRefused = modifierSpecs.some(({ name }) =>
    Object.keys(errors).some((each) => `${each}.`.startsWith(`${path.join(".")}.${name}.`)),
  );
  useEffect(() => {
    if (isRefused) setIsOpen(true);
  }, [isRefused]);
  return (
    <div className="flex flex-col gap-3">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
        className="flex items-center gap-1 self-start text-left text-muted hover:underline"
      >
        <ChevronRight size={14} aria-hidden className={`shrink-0 ${isOpen ? "rotate-90" : ""}`} />
        Included units, minimum and maximum, groups, rounding
      </button>
      {isOpen && <SpecFields specs={modifierSpecs} of={of} path={path} change={change} />}
    </div>
  );
}

const isStandard = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === "0" ||
  value === "current_period" ||
  (Array.isArray(value) && value.length === 0);
