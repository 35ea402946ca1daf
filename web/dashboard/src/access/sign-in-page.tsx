import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { send } from "../api/client.ts";
import { sessionQuery } from "../api/session.ts";
import { useSearchState } from "../search-state.ts";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { AccessPage } from "./access-page.tsx";

export function SignInPage() {
  const [{ back = "/" }] = useSearchState();
  const enter = useEntrance();
  return (
    <AccessPage title="Sign in">
      <Form
        submit="Sign in"
        onSubmit={async (values) => {
          const body = { email: values.text("email"), password: values.text("password") };
          await send({ method: "POST", path: "/v1/auth/sign-in", body }, null);
          await enter(back);
        }}
      >
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      </Form>
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
