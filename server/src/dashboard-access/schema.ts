import { z } from "zod";
import { idOutput, instantOutput, nullableInstantOutput, textField } from "../http/fields.ts";
import type { Session as SessionOf } from "./dashboard-access.ts";
import { roles } from "./roles.ts";
import type { PersonRow } from "./sql.ts";

const shortestPassword = 10;
const longestText = 200;
const longestEmail = 254;

const email = z
  .email("Must be an email address.")
  .max(longestEmail)
  .transform((text) => text.toLowerCase())
  .meta({ description: "The member's email, by which they sign in.", override: { format: "email" } });
const password = textField(longestText, "The member's password.");
const newPassword = z
  .string()
  .min(shortestPassword, `Must have at least ${shortestPassword} characters.`)
  .max(longestText)
  .meta({ description: `The password to sign in with: at least ${shortestPassword} characters.` });
const name = textField(longestText, "The member's name.");
const token = z.string().max(longestText).meta({ description: "What stands in the link behind `#token=`." });
const role = z.enum(roles).meta({ description: "What the member may do in the company." });

export const SetUp = z
  .object({ token, email, password: newPassword, name })
  .meta({ id: "SetUpRequest", title: "SetUpRequest" });

const code = z
  .string()
  .max(longestText)
  .meta({ description: "Six digits that your app shows now, or one of your recovery codes." });
const codeIfAsked = code.optional().meta({
  description:
    "Of a member with a second factor: six digits that their app shows now, or one of their recovery codes. Without it the answer is SECOND_FACTOR_REQUIRED.",
});

export const SignIn = z
  .object({ email, password, code: codeIfAsked })
  .meta({ id: "SignInRequest", title: "SignInRequest" });

export const PasswordChange = z
  .object({ current_password: password, new_password: newPassword })
  .meta({ id: "ChangePasswordRequest", title: "ChangePasswordRequest" });

export const PasswordResetRequest = z
  .object({ email })
  .meta({ id: "RequestPasswordResetRequest", title: "RequestPasswordResetRequest" });

export const PasswordReset = z
  .object({ token, new_password: newPassword })
  .meta({ id: "ResetPasswordRequest", title: "ResetPasswordRequest" });

export const OwnPassword = z.object({ password }).meta({ id: "OwnPasswordRequest", title: "OwnPasswordRequest" });

export const SecondFactorCode = z
  .object({ code: code.meta({ description: "Six digits that your app shows now." }) })
  .meta({ id: "ConfirmSecondFactorRequest", title: "ConfirmSecondFactorRequest" });

export const recoveryCodes = z.array(z.string()).meta({
  description: "Each stands in for a code of your app, once. Shown only here: only their hashes are stored.",
});

export const InvitationAccept = z
  .object({
    token,
    code: codeIfAsked,
    name,
    // A member of another company gives the password they have, by whatever rule it was once chosen.
    password: newPassword.meta({
      description: `The password to sign in with, at least ${shortestPassword} characters; whoever is a member of another company already gives the one they have.`,
    }),
  })
  .meta({ id: "AcceptInvitationRequest", title: "AcceptInvitationRequest" });

export const MemberInvite = z.object({ email, role }).meta({ id: "InviteMemberRequest", title: "InviteMemberRequest" });

export const MemberUpdate = z.object({ role }).meta({ id: "UpdateMemberRequest", title: "UpdateMemberRequest" });

export const DashboardSession = z
  .object({
    id: idOutput("Id of the session."),
    member: z
      .object({
        id: idOutput("Id of the member."),
        email: z.string(),
        name: z.string(),
        has_second_factor: z.boolean().meta({ description: "Whether signing in asks for a code beside the password." }),
      })
      .meta({ description: "Who is signed in." }),
    companies: z
      .array(
        z.object({
          id: idOutput("Id of the company, for the header `Afternoon-Company`."),
          name: z.string(),
          role,
          currency_code: z.string().meta({ description: "ISO 4217, lower case." }),
        }),
      )
      .meta({ description: "The companies that they are a member of." }),
  })
  .meta({ id: "DashboardSession", title: "DashboardSession" });

export const Member = z
  .object({
    id: idOutput("Id of the member, or of the invitation."),
    email: z.string(),
    name: z.string().nullable().meta({ description: "Null while they are only invited." }),
    role,
    status: z.enum(["active", "invited"]).meta({ description: "`invited` until the invitation is accepted." }),
    has_second_factor: z
      .boolean()
      .meta({ description: "Whether signing in asks them for a code beside the password." }),
    created_at: instantOutput("When they became a member, or were invited."),
    invitation_expires_at: nullableInstantOutput("Until when the invitation can be accepted; null for a member."),
  })
  .meta({ id: "Member", title: "Member" });

export function presentSession({ id, member, companies }: SessionOf): z.input<typeof DashboardSession> {
  return {
    id,
    member: {
      id: member.member_id,
      email: member.email,
      name: member.name,
      has_second_factor: member.totp_secret !== null,
    },
    companies,
  };
}

export function presentMember(person: PersonRow): z.input<typeof Member> {
  return {
    id: person.id,
    email: person.email,
    name: person.name,
    role: person.role,
    status: person.status,
    has_second_factor: person.has_second_factor,
    created_at: person.created_at.toISOString(),
    invitation_expires_at: person.expires_at?.toISOString() ?? null,
  };
}
