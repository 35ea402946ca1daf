import { AccessPage } from "./access-page.tsx";

export function NoCompanyPage() {
  return (
    <AccessPage title="No company yet">
      <p>You are signed in, but a member of no company. Ask an owner to invite you.</p>
    </AccessPage>
  );
}
