import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button } from "./ui/button.tsx";
import { ErrorNote } from "./ui/error-note.tsx";
import { Page } from "./ui/page.tsx";

export function NotFound() {
  return (
    <Page title="Nothing is here">
      <p>
        This address leads nowhere.{" "}
        <Link to="/" className="text-accent underline">
          Go to the start
        </Link>
      </p>
    </Page>
  );
}

export function Failed({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="Something went wrong" actions={<Button onClick={reset}>Try again</Button>}>
      <ErrorNote error={error instanceof Error ? error : new Error(String(error))} />
    </Page>
  );
}
