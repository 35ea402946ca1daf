import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { send } from "../api/client.ts";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { AccessPage } from "./access-page.tsx";
import { useEntrance } from "./sign-in-page.tsx";

const passwordHint = "At least 10 characters.";

/** What a link carries behind `#token=`: that part of an address is never sent to a server or written into its log. */
function readToken(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("token");
}

export function SetUpPage() {
  const enter = useEntrance();
  const token = readToken();
  if (token === null) return <BrokenLink />;
  return (
    <AccessPage title="Set up Afternoon" note="You will be the owner. Invite others later.">
      <Form
        submit="Create the account"
        onSubmit={async (values) => {
          const body = {
            token,
            email: values.text("email"),
            password: values.text("password"),
            name: values.text("name"),
          };
          await send({ method: "POST", path: "/v1/auth/setup", body }, null);
          await enter("/");
        }}
      >
        <Field label="Your name" name="name" autoComplete="name" required />
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <NewPassword hint={passwordHint} />
      </Form>
    </AccessPage>
  );
}

export function AcceptPage() {
  const enter = useEntrance();
  const token = readToken();
  if (token === null) return <BrokenLink />;
  return (
    <AccessPage title="Accept the invitation">
      <Form
        submit="Accept"
        onSubmit={async (values) => {
          const body = { token, name: values.text("name"), password: values.text("password") };
          await send({ method: "POST", path: "/v1/auth/accept-invitation", body }, null);
          await enter("/");
        }}
      >
        <Field label="Your name" name="name" autoComplete="name" required />
        <NewPassword hint={`${passwordHint} If you have an account here already, the password that you have.`} />
      </Form>
    </AccessPage>
  );
}

/** Asks for a link to a new password; the answer is the same whoever there is. */
export function ForgotPage() {
  const [isAsked, setIsAsked] = useState(false);
  if (isAsked)
    return (
      <AccessPage title="Check your email">
        <p>
          If there is an account with this email, a link is on its way. Without a mail server the operator has a command
          for it.
        </p>
      </AccessPage>
    );
  return (
    <AccessPage title="A new password">
      <Form
        submit="Send a link"
        onSubmit={async (values) => {
          const body = { email: values.text("email") };
          await send({ method: "POST", path: "/v1/auth/request-password-reset", body }, null);
          setIsAsked(true);
        }}
      >
        <Field label="Email" name="email" type="email" autoComplete="username" required />
      </Form>
    </AccessPage>
  );
}

export function ResetPage() {
  const token = readToken();
  const router = useRouter();
  if (token === null) return <BrokenLink />;
  return (
    <AccessPage title="A new password" note="You are signed out everywhere else.">
      <Form
        submit="Set the password"
        onSubmit={async (values) => {
          const body = { token, new_password: values.text("new_password") };
          await send({ method: "POST", path: "/v1/auth/reset-password", body }, null);
          await router.navigate({ to: "/sign-in" });
        }}
      >
        <NewPassword name="new_password" hint={passwordHint} />
      </Form>
    </AccessPage>
  );
}

/** `name` is what the server calls it, so that what it says of it stands at the field. */
function NewPassword({ name = "password", hint }: { name?: string; hint: string }) {
  return <Field label="Password" name={name} type="password" autoComplete="new-password" required hint={hint} />;
}

function BrokenLink() {
  return (
    <AccessPage title="This link is not whole">
      <p>Open it again as it was sent to you, with everything behind the #.</p>
    </AccessPage>
  );
}
