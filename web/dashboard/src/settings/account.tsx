import { send } from "../api/client.ts";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";

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
    </Card>
  );
}
