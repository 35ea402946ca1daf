import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { SecondFactorResponse, SecondFactorStartedResponse } from "../../../../sdk/src/generated/types.ts";
import { send } from "../api/client.ts";
import { sessionQuery } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Copyable } from "../ui/secret.tsx";

/** Few people need it, and once. */
const QrCode = lazy(() => import("./qr-code.tsx").then((file) => ({ default: file.QrCode })));

/** What is one's own, whatever the company. */
export function Account() {
  return (
    <Card
      title="Your account"
      action={
        <ActionButton
          label="Change password"
          submit="Change"
          done="Password changed; other sessions have ended."
          onSubmit={(values) =>
            send(
              {
                method: "POST",
                path: "/v1/auth/password",
                body: { current_password: values.text("current_password"), new_password: values.text("new_password") },
              },
              null,
            )
          }
        >
          <Field
            label="Current password"
            name="current_password"
            type="password"
            autoComplete="current-password"
            required
          />
          <Field label="New password" name="new_password" type="password" autoComplete="new-password" required />
        </ActionButton>
      }
    >
      <p className="text-muted">Changing your password signs you out everywhere else.</p>
      <SecondFactor />
    </Card>
  );
}

const post = <Answer,>(path: string, body: object) => send<Answer>({ method: "POST", path, body }, null);

/** A code of an authenticator app beside the password. */
function SecondFactor() {
  const { data: session } = useQuery(sessionQuery);
  const queries = useQueryClient();
  const [started, setStarted] = useState<SecondFactorStartedResponse | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const reread = () => queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
  if (session?.member.has_second_factor)
    return (
      <div className="mt-3 flex flex-wrap items-center gap-3">
        <p>An authenticator app is asked for as you sign in.</p>
        <ActionButton
          label="Turn it off"
          title="Turn off the second factor?"
          kind="danger"
          done="Turned off."
          onSubmit={async (values) => {
            await post("/v1/auth/second-factor/disable", { password: values.text("password") });
            await reread();
          }}
        >
          <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        </ActionButton>
        <RecoveryCodes codes={codes} onSeen={() => setCodes(null)} />
      </div>
    );
  return (
    <div className="mt-3">
      <ActionButton
        label="Set up an authenticator app"
        submit="Go on"
        done={null}
        onSubmit={async (values) =>
          setStarted(await post("/v1/auth/second-factor", { password: values.text("password") }))
        }
      >
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      </ActionButton>
      <Dialog
        title="Authenticator app"
        note="Scan this with your app, or enter the secret, then type the code that it shows. Both are shown only now."
        isOpen={started !== null}
        onOpenChange={(isOpen) => isOpen || setStarted(null)}
      >
        {started && (
          <>
            <div className="size-56 self-center">
              <Suspense>
                <QrCode label="QR code of the secret" text={started.otpauth_url} />
              </Suspense>
            </div>
            <Copyable label="Secret" text={inGroups(started.secret)} />
            <Form
              submit="Confirm"
              onSubmit={async (values) => {
                const answer = await post<SecondFactorResponse>("/v1/auth/second-factor/confirm", {
                  code: values.text("code"),
                });
                setStarted(null);
                setCodes(answer.recovery_codes);
                await reread();
              }}
            >
              <Field label="Code" name="code" autoComplete="one-time-code" inputMode="numeric" required />
            </Form>
          </>
        )}
      </Dialog>
    </div>
  );
}

/** "ABCDEFGH" → "ABCD EFGH": to be typed without losing one's place. Apps take it with the spaces, too. */
const inGroups = (secret: string) => secret.replaceAll(/(.{4})(?=.)/g, "$1 ");

function RecoveryCodes({ codes, onSeen }: { codes: string[] | null; onSeen: () => void }) {
  return (
    <Dialog
      title="Recovery codes"
      note="Each signs you in once without the app. They are shown only now."
      isOpen={codes !== null}
      onOpenChange={(isOpen) => isOpen || onSeen()}
    >
      <Copyable label="Recovery codes" text={(codes ?? []).join("\n")} />
      <Button kind="primary" onClick={onSeen} className="self-end">
        I have kept them
      </Button>
    </Dialog>
  );
}
