import { useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { RefusedError, send } from "../api/client.ts";
import { sessionQuery } from "../api/session.ts";
import { useSearchState } from "../search-state.ts";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { AccessPage } from "./access-page.tsx";

export function SignInPage() {
  const [{ back = "/" }] = useSearchState();
  const enter = useEntrance();
  const [needsCode, setNeedsCode] = useState(false);
  return (
    <AccessPage title="Sign in">
      <Form
        submit="Sign in"
        onSubmit={async (values) => {
          const code = values.textOrNull("code");
          const body = { email: values.text("email"), password: values.text("password"), ...(code && { code }) };
          try {
            await send({ method: "POST", path: "/v1/auth/sign-in", body }, null);
          } catch (error) {
            if (error instanceof RefusedError && error.code === "SECOND_FACTOR_REQUIRED") setNeedsCode(true);
            throw error;
          }
          await enter(back);
        }}
      >
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        {needsCode && (
          <Field
            label="Code"
            name="code"
            autoComplete="one-time-code"
            hint="From your authenticator app, or one of your recovery codes."
            required
          />
        )}
      </Form>
      <p>
        <Link to="/forgot" className="text-accent underline underline-offset-2">
          Forgot your password?
        </Link>
      </p>
    </AccessPage>
  );
}

/** Goes on to `path`, a path of this dashboard, as whoever has just signed in. */
export function useEntrance(): (path: string) => Promise<void> {
  const queries = useQueryClient();
  const router = useRouter();
  return async (path) => {
    queries.clear();
    await queries.fetchQuery(sessionQuery);
    // An address of another site must not become the way on.
    router.history.push(/^\/(?![/\\])/.test(path) ? withBase(path) : withBase("/"));
  };
}

const withBase = (path: string) => (path.startsWith("/dashboard") ? path : `/dashboard${path}`);
