import { PageLink } from "../page-link.tsx";
import { Card } from "../ui/card.tsx";

const steps: [to: string, title: string, note: string][] = [
  ["/meters", "Say what you measure", "A meter counts events, or adds up one of their properties."],
  ["/plans", "Say what it costs", "A plan prices meters, and has fees and credits."],
  ["/customers", "Add a customer", "With a subscription to the plan."],
  ["/developers", "Send an event", "Create a key and copy the line; the answer has the cost and the balance left."],
];

/** Where to begin, as long as there is nothing to look at. */
export function FirstSteps() {
  return (
    <Card title="Begin here">
      <ol className="flex list-inside list-decimal flex-col gap-2">
        {steps.map(([to, title, note]) => (
          <li key={to}>
            <PageLink to={to}>{title}</PageLink> <span className="text-muted">{note}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
