import { useBlocker, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import type {
  CompanyResponse,
  MeterListResponse,
  Plan,
  PlanResponse,
  PlanVersionPreviewResponse,
} from "../../../../sdk/src/generated/types.ts";
import { showAmount } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { PageLink } from "../page-link.tsx";
import { useSearchState } from "../search-state.ts";
import { useParam, useTenant } from "../tenant.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { FieldErrors } from "../ui/field.tsx";
import { fieldErrorsOf } from "../ui/form.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { useToast } from "../ui/toast.tsx";
import { readDraft, withAt, writeDraft, type Path, type Reading } from "./plan-draft.ts";
import { PlanForm } from "./plan-form.tsx";
import { documentOf } from "./plan-words.ts";

/** Changes a plan's document, with pictures of its prices while typing and its effect on real usage before it is published. */
export function NewVersionPage() {
  const planCode = useParam("planCode");
  const { data, error } = useRead<PlanResponse>(`/v1/plans/${planCode}`);
  const above = (
    <>
      <PageLink to="/plans">Plans</PageLink> ·{" "}
      <PageLink to={`/plans/${planCode}`}>{data?.plan.name ?? planCode}</PageLink>
    </>
  );
  if (data === undefined)
    return (
      <Page title="New version" above={above}>
        <Pending error={error} />
      </Page>
    );
  return (
    <Page title={`Version ${data.plan.version + 1} of ${data.plan.name}`} above={above}>
      <p className="text-muted">New subscriptions get it. Those that run keep theirs until they are moved.</p>
      {/* A version that somebody else publishes meanwhile takes away nothing that was typed here. */}
      <Editor plan={data.plan} />
    </Page>
  );
}

/** One document, which the form and the JSON both show: what JSON says while it says any, and the text in any case. */
type State = { text: string } & Reading;

function stateOf(text: string): State {
  return { text, ...readDraft(text) };
}

function Editor({ plan }: { plan: Plan }) {
  const [first] = useState(() => stateOf(writeDraft(documentOf(plan))));
  const [state, setState] = useState(first);
  const [preview, setPreview] = useState<PlanVersionPreviewResponse["preview"] | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const isPublished = useRef(false);
  const form = useRef<HTMLDivElement>(null);
  const { companyId, mode } = useTenant();
  const [{ view = "form" }, changeSearch] = useSearchState();
  const write = useWrite();
  const toast = useToast();
  const navigate = useNavigate();
  const meterCode = useRead<MeterListResponse>("/v1/meters", { limit: 100 }).data?.meters.find(
    ({ archived }) => !archived,
  )?.code;
  const currencyCode = useRead<CompanyResponse>("/v1/company").data?.company.currency_code;
  const { text, draft, isNone } = state;

  const isLeftOpen = () => text !== first.text && !isPublished.current;
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      // oxlint-disable-next-line no-alert -- the browser asks so too, where the whole page is left
      isLeftOpen() && current.pathname !== next.pathname && !confirm("Leave? What you have written is not published."),
    enableBeforeUnload: isLeftOpen,
  });

  const change = useCallback((path: Path, value: unknown) => {
    setPreview(null);
    setError(null);
    setErrors((all) => without(all, path));
    setState((before) => {
      if (before.draft === null) return before;
      const next = withAt(before.draft, path, value);
      return { text: writeDraft(next), draft: next, isNone: null };
    });
  }, []);
  const retype = (next: string) => {
    setPreview(null);
    setError(null);
    setErrors({});
    setState(stateOf(next));
  };
  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [error]);

  const post = async <Answer,>(isTrial: boolean): Promise<Answer> => {
    setError(null);
    setErrors({});
    try {
      return await write.send<Answer>({
        method: "POST",
        path: `/v1/plans/${plan.code}/versions`,
        body: { ...draft, dry_run: isTrial },
      });
    } catch (thrown) {
      setError(thrown as Error);
      setErrors(fieldErrorsOf(thrown as Error));
      throw thrown;
    }
  };
  const look = async () => setPreview((await post<PlanVersionPreviewResponse>(true)).preview);
  const publish = async () => {
    await post(false);
    isPublished.current = true;
    toast("Version published.");
    await navigate({ to: `/${companyId}/${mode}/plans/${plan.code}` });
  };
  const isHeld = draft === null || write.isPending;
  return (
    <FieldErrors value={errors}>
      <div role="group" aria-label="View" className="flex gap-2 lg:hidden">
        {(["form", "json"] as const).map((each) => (
          <Button
            key={each}
            aria-pressed={view === each}
            onClick={() => changeSearch({ view: each })}
            kind={view === each ? "primary" : "plain"}
          >
            {each === "form" ? "Form" : "JSON"}
          </Button>
        ))}
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div ref={form} className={view === "form" ? "" : "hidden lg:block"}>
          {draft === null ? (
            <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
              The form waits until the JSON can be read. <span className="lg:hidden">{isNone}</span>
            </p>
          ) : (
            <PlanForm
              {...{ draft, change }}
              meterCode={meterCode ?? "your_meter"}
              currencyCode={currencyCode ?? "usd"}
            />
          )}
        </div>
        <div className={`lg:sticky lg:top-16 ${view === "json" ? "" : "hidden lg:block"}`}>
          <Card
            title="The plan as JSON"
            note={
              <span id="json-told" className={isNone === null ? "" : "text-danger"}>
                {isNone ?? "What POST /v1/plans/{code}/versions takes. Edits here and in the form stay in sync."}
              </span>
            }
          >
            {/* As high as the window leaves before one scrolls, between the page's heading and the bar of buttons. */}
            <textarea
              aria-label="The plan as JSON"
              value={text}
              onChange={(event) => retype(event.target.value)}
              spellCheck={false}
              aria-invalid={isNone === null ? undefined : true}
              aria-describedby="json-told"
              className="block h-[calc(100dvh-27rem)] min-h-64 lg:h-[calc(100dvh-23.5rem)] w-full rounded-md border border-field bg-raised p-2 font-mono text-xs aria-invalid:border-danger"
            />
          </Card>
        </div>
      </div>
      <div className="sticky bottom-0 -mx-4 flex flex-col gap-3 border-t border-line bg-page px-4 py-3 md:-mx-6 md:px-6">
        {error && (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard
          <div tabIndex={0} role="group" aria-label="What was refused" className="max-h-40 overflow-y-auto">
            <ErrorNote error={error} />
          </div>
        )}
        {preview && <Effect preview={preview} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button disabled={isHeld} onClick={() => void look().catch(() => {})}>
            Try on real usage
          </Button>
          <Button kind="primary" disabled={isHeld} onClick={() => void publish().catch(() => {})}>
            Publish
          </Button>
        </div>
      </div>
    </FieldErrors>
  );
}

/** What was said of other fields; of a list that was changed nothing stays, since its places are others now. */
function without(errors: Record<string, string>, path: Path): Record<string, string> {
  const changed = path.join(".");
  const left = Object.entries(errors).filter(([each]) => each !== changed && !each.startsWith(`${changed}.`));
  return left.length === Object.keys(errors).length ? errors : Object.fromEntries(left);
}

type Preview = PlanVersionPreviewResponse["preview"];
function Effect({ preview }: { preview: Preview }) {
  const amounts = (all: Preview["current"]) => all.map((each) => showAmount(each.amount, each)).join(" and ") || "0";
  const isMore = ({ amount }: Preview["difference"][number]) => amount !== "0" && !amount.startsWith("-");
  const difference = preview.difference.map((each) => (isMore(each) ? "+" : "") + showAmount(each.amount, each));
  return (
    <div role="status">
      <dl className="grid grid-cols-2 gap-x-6 gap-y-2 rounded-md bg-sunken p-3 md:grid-cols-4">
        <div>
          <dt className="text-xs text-muted">Events re-priced</dt>
          <dd>
            {preview.event_count.toLocaleString("en")} <span className="text-xs text-muted">of current periods</span>
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Current price</dt>
          <dd>{amounts(preview.current)}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">New price</dt>
          <dd>{amounts(preview.candidate)}</dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Difference</dt>
          <dd className="font-medium">{difference.join(" and ") || "0"}</dd>
        </div>
      </dl>
    </div>
  );
}
