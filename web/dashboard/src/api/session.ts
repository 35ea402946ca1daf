import { queryOptions } from "@tanstack/react-query";
import { send } from "./client.ts";

export type SessionCompany = { id: string; name: string; role: string; currency_code: string };
export type Session = {
  id: string;
  member: { id: string; email: string; name: string; has_second_factor: boolean };
  companies: SessionCompany[];
};

/** Who is signed in, and to which companies. Fails with a {RefusedError} of status 401 where nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async () => (await send<{ session: Session }>({ method: "GET", path: "/v1/auth/session" }, null)).session,
  staleTime: 60_000,
});
