/** The written pages, in the order of reading: the names of files in docs/site. The API reference follows them, from the document. */
export const navigation: { title: string; pages: string[] }[] = [
  { title: "Start here", pages: ["introduction", "quickstart"] },
  {
    title: "Guides",
    pages: [
      "authentication",
      "dashboard",
      "audit-log",
      "request-log",
      "events",
      "importing-events",
      "archiving-events",
      "exact-numbers",
      "wallets",
      "top-ups",
      "holds",
      "catalog",
      "pricing-models",
      "subscriptions",
      "invoices",
      "discounts",
      "taxes",
      "payments",
      "hosted-pages",
      "test-clocks",
      "webhooks",
      "mail",
      "pagination",
      "errors",
      "rate-limits",
      "sdk",
      "running-afternoon",
    ],
  },
];

/** The page that /docs itself shows. */
export const startPage = "introduction";
