// Made from openapi.json by `npm run generate`; a change here is lost.
import { List } from "../list.ts";
import type { RequestOptions, Transport } from "../transport.ts";
import type {
  AcceptInvitationRequest,
  AdvanceTestClockRequest,
  ApiKey,
  ApiKeyListResponse,
  ApiKeyResponse,
  AuditEntry,
  AuditLogResponse,
  BalanceAlert,
  BalanceAlertDeletedResponse,
  BalanceAlertListResponse,
  BalanceAlertResponse,
  CancelSubscriptionRequest,
  CaptureHoldRequest,
  CaptureHoldResponse,
  ChangePasswordRequest,
  ChangePlanRequest,
  ChangePlanResponse,
  CompanyResponse,
  ConfirmSecondFactorRequest,
  Coupon,
  CouponListResponse,
  CouponResponse,
  CreateApiKeyRequest,
  CreateBalanceAlertRequest,
  CreateCouponRequest,
  CreateCreditGrantRequest,
  CreateCreditNoteRequest,
  CreateCustomerRequest,
  CreateDiscountRequest,
  CreateHoldRequest,
  CreateInvoiceLineItemRequest,
  CreateInvoiceRequest,
  CreateMeterRequest,
  CreatePaymentMethodRequest,
  CreatePlanRequest,
  CreatePlanVersionRequest,
  CreatePricingUnitConversionRequest,
  CreatePricingUnitRequest,
  CreateRefundRequest,
  CreateSignupLinkRequest,
  CreateSubscriptionRequest,
  CreateTaxRateRequest,
  CreateTestClockRequest,
  CreateTopUpRequest,
  CreateTopUpRuleRequest,
  CreateWebhookEndpointRequest,
  CreditGrant,
  CreditGrantListResponse,
  CreditGrantResponse,
  CreditNote,
  CreditNoteListResponse,
  CreditNoteResponse,
  Customer,
  CustomerBalancesResponse,
  CustomerDeletedResponse,
  CustomerListResponse,
  CustomerResponse,
  CustomerSearchResponse,
  CustomerUsageResponse,
  DashboardSessionResponse,
  DiscardRejectedEventResponse,
  Discount,
  DiscountListResponse,
  DiscountResponse,
  EstimateEventListRequest,
  EstimateEventRequest,
  EstimateEventsResponse,
  Event,
  EventListResponse,
  EventQueueResponse,
  EventResponse,
  GetCustomerUsageQuery,
  HealthResponse,
  Hold,
  HoldListResponse,
  HoldResponse,
  IngestEventBatchRequest,
  IngestEventBatchResponse,
  IngestEventListRequest,
  IngestEventListResponse,
  IngestEventRequest,
  IngestEventResponse,
  InvitationResponse,
  InviteMemberRequest,
  Invoice,
  InvoiceDeletedResponse,
  InvoiceExplanationResponse,
  InvoiceListResponse,
  InvoiceResponse,
  LedgerEntry,
  LedgerResponse,
  LineItemEventListResponse,
  ListApiKeysQuery,
  ListAuditEntriesQuery,
  ListBalanceAlertsQuery,
  ListBalancesQuery,
  ListCouponsQuery,
  ListCreditNotesQuery,
  ListCustomerCreditGrantsQuery,
  ListCustomersQuery,
  ListDiscountsQuery,
  ListEventsQuery,
  ListHoldsQuery,
  ListInvoicesQuery,
  ListLedgerQuery,
  ListLineItemEventsQuery,
  ListMailsQuery,
  ListMembersQuery,
  ListMetersQuery,
  ListPaymentsQuery,
  ListPlanVersionsQuery,
  ListPlansQuery,
  ListPricingUnitConversionsQuery,
  ListPricingUnitsQuery,
  ListRejectedEventsQuery,
  ListRequestsQuery,
  ListSubscriptionsQuery,
  ListTaxRatesQuery,
  ListTestClocksQuery,
  ListTopUpRulesQuery,
  ListTopUpsQuery,
  ListWebhookDeliveriesQuery,
  ListWebhookEndpointsQuery,
  ListWebhookEventsQuery,
  LoggedRequest,
  Mail,
  MailListResponse,
  MailResponse,
  Member,
  MemberDeletedResponse,
  MemberListResponse,
  MemberResponse,
  Meter,
  MeterListResponse,
  MeterResponse,
  NewApiKeyResponse,
  NewMailResponse,
  NewWebhookEndpointResponse,
  OverviewResponse,
  OwnPasswordRequest,
  PasswordResetRequestedResponse,
  PasswordResetResponse,
  PauseSubscriptionRequest,
  PayInvoiceRequest,
  Payment,
  PaymentListResponse,
  PaymentMethodDeletedResponse,
  PaymentMethodListResponse,
  PaymentMethodResponse,
  PaymentMethodSetupResponse,
  PaymentResponse,
  PaymentSettingsResponse,
  Plan,
  PlanListResponse,
  PlanResponse,
  PlanVersion,
  PlanVersionListResponse,
  PlanVersionPreviewResponse,
  PlanVersionResponse,
  PortalLinkResponse,
  PricingUnit,
  PricingUnitConversion,
  PricingUnitConversionListResponse,
  PricingUnitConversionResponse,
  PricingUnitListResponse,
  PricingUnitResponse,
  ReadyResponse,
  RecordPaymentRequest,
  RecoveryCodesResponse,
  RefundListResponse,
  RefundResponse,
  RejectedEvent,
  RejectedEventListResponse,
  RejectedEventResponse,
  RequestLogResponse,
  RequestPasswordResetRequest,
  ResetPasswordRequest,
  RetryRejectedEventResponse,
  SearchCustomersQuery,
  SecondFactorResponse,
  SecondFactorStartedResponse,
  SetUpPaymentMethodRequest,
  SetUpRequest,
  SignInRequest,
  SignedOutResponse,
  SignupLinkResponse,
  SimulatePlanRequest,
  SimulatePlanResponse,
  Subscription,
  SubscriptionChangeResponse,
  SubscriptionListResponse,
  SubscriptionResponse,
  TaxRate,
  TaxRateListResponse,
  TaxRateResponse,
  TestClock,
  TestClockDeletedResponse,
  TestClockListResponse,
  TestClockResponse,
  TopUp,
  TopUpListResponse,
  TopUpResponse,
  TopUpRule,
  TopUpRuleDeletedResponse,
  TopUpRuleListResponse,
  TopUpRuleResponse,
  UpdateCompanyRequest,
  UpdateCustomerRequest,
  UpdateInvoiceLineItemRequest,
  UpdateInvoiceRequest,
  UpdateMemberRequest,
  UpdateMeterRequest,
  UpdatePaymentSettingsRequest,
  UpdateSubscriptionRequest,
  UpdateTopUpRuleRequest,
  UpdateWebhookEndpointRequest,
  VoidEventResponse,
  WalletListResponse,
  WebhookDelivery,
  WebhookDeliveryListResponse,
  WebhookDeliveryResponse,
  WebhookEndpoint,
  WebhookEndpointDeletedResponse,
  WebhookEndpointListResponse,
  WebhookEndpointResponse,
  WebhookEvent,
  WebhookEventListResponse,
  WebhookEventResponse,
} from "./types.ts";

/** Every operation of the API, in groups. */
export class Resources {
  readonly events: EventsResource;
  readonly customers: CustomersResource;
  readonly rejectedEvents: RejectedEventsResource;
  readonly subscriptions: SubscriptionsResource;
  readonly coupons: CouponsResource;
  readonly taxRates: TaxRatesResource;
  readonly invoices: InvoicesResource;
  readonly creditNotes: CreditNotesResource;
  readonly payments: PaymentsResource;
  readonly paymentSettings: PaymentSettingsResource;
  readonly subscriptionSignupLinks: SubscriptionSignupLinksResource;
  readonly testClocks: TestClocksResource;
  readonly pricingUnits: PricingUnitsResource;
  readonly meters: MetersResource;
  readonly plans: PlansResource;
  readonly mails: MailsResource;
  readonly webhookEndpoints: WebhookEndpointsResource;
  readonly webhookEvents: WebhookEventsResource;
  readonly overview: OverviewResource;
  readonly company: CompanyResource;
  readonly apiKeys: ApiKeysResource;
  readonly auditLog: AuditLogResource;
  readonly requestLog: RequestLogResource;
  readonly auth: AuthResource;
  readonly members: MembersResource;
  readonly health: HealthResource;

  constructor(transport: Transport) {
    this.events = new EventsResource(transport);
    this.customers = new CustomersResource(transport);
    this.rejectedEvents = new RejectedEventsResource(transport);
    this.subscriptions = new SubscriptionsResource(transport);
    this.coupons = new CouponsResource(transport);
    this.taxRates = new TaxRatesResource(transport);
    this.invoices = new InvoicesResource(transport);
    this.creditNotes = new CreditNotesResource(transport);
    this.payments = new PaymentsResource(transport);
    this.paymentSettings = new PaymentSettingsResource(transport);
    this.subscriptionSignupLinks = new SubscriptionSignupLinksResource(transport);
    this.testClocks = new TestClocksResource(transport);
    this.pricingUnits = new PricingUnitsResource(transport);
    this.meters = new MetersResource(transport);
    this.plans = new PlansResource(transport);
    this.mails = new MailsResource(transport);
    this.webhookEndpoints = new WebhookEndpointsResource(transport);
    this.webhookEvents = new WebhookEventsResource(transport);
    this.overview = new OverviewResource(transport);
    this.company = new CompanyResource(transport);
    this.apiKeys = new ApiKeysResource(transport);
    this.auditLog = new AuditLogResource(transport);
    this.requestLog = new RequestLogResource(transport);
    this.auth = new AuthResource(transport);
    this.members = new MembersResource(transport);
    this.health = new HealthResource(transport);
  }
}

/** What your customers use, priced and charged as it arrives. */
export class EventsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Ingest an event: `POST /v1/events/ingest`
   *
   * Records one event, charges the customer's wallets, and answers with the cost and the balances left, after both are stored durably. The same `idempotency_key` never charges twice, however late the repeat. A list (`events`) is checked as a whole, stored durably, answered with 202 and worked in the background in its order; what cannot be recorded then is found at `/v1/rejected-events`.
   *
   * @throws {ValidationError} 400: Bad request: `CUSTOMER_NOT_FOUND`, `IDEMPOTENCY_KEY_REUSED`, `INVALID_PROPERTY`, `TIMESTAMP_IN_FUTURE`, `CUSTOMER_AMBIGUOUS`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  ingest(body: IngestEventRequest, options?: RequestOptions): Promise<IngestEventResponse>;
  ingest(body: IngestEventListRequest, options?: RequestOptions): Promise<IngestEventListResponse>;
  ingest(body: IngestEventRequest | IngestEventListRequest, options?: RequestOptions): Promise<IngestEventResponse | IngestEventListResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/events/ingest",
      body,
      options,
    });
  }

  /**
   * Ingest a batch of events: `POST /v1/events/ingest-batch`
   *
   * Works up to 1,000 events like single ones, and answers when all are stored durably, with one result for each in their order. An event that is malformed, refused or rejected does not keep the others from being recorded.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  ingestBatch(body: IngestEventBatchRequest, options?: RequestOptions): Promise<IngestEventBatchResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/events/ingest-batch",
      body,
      options,
    });
  }

  /**
   * List events: `GET /v1/events`
   *
   * Returns the recorded events, voided ones too, in the order in which they were recorded, newest first unless you ask for the oldest. Ask for one customer's where you can: that is fast however many events there are. With a name or a property a page may have fewer events than you asked for, or none, and `has_more` all the same: it ends after looking at 20,000 events, and the next goes on from there.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListEventsQuery, options?: RequestOptions): List<Event, EventListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/events",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.events,
    );
  }

  /**
   * Get an event: `GET /v1/events/{id}`
   *
   * Returns one event with the explanation of its cost: every price that it touched with the counter before and after, the tiers and what of it fell on each, and which grants paid. The explanation is by the plan version that priced the event, whatever the subscription is on now.
   *
   * @throws {NotFoundError} 404: Event not found
   * @throws {ApiError} 410: Error: `EVENT_ARCHIVED`
   */
  get(id: string, options?: RequestOptions): Promise<EventResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/events/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Void an event: `POST /v1/events/{id}/void`
   *
   * Takes the event out of its period, as if it had never been sent, and gives the customer back what the period costs less without it: what the event cost, or, where other events move into its tier, the difference. It stays in the list, and its `idempotency_key` stays used: to correct an event, void it and send it anew with another key. Voiding it again changes nothing and answers the same.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Event not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   * @throws {ApiError} 410: Error: `EVENT_ARCHIVED`
   */
  void(id: string, options?: RequestOptions): Promise<VoidEventResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/events/{id}/void",
      params: { id },
      options,
    });
  }

  /**
   * Estimate events: `POST /v1/events/estimate`
   *
   * Answers what one event, or each of up to 100 (`events`), would cost now and what the customer's wallets would hold after it, in order, each building on those before it. Computed as for an event that is ingested, and nothing is recorded: no usage, no charge, no wallet, and no `idempotency_key`. An event that was recorded before is estimated as if it were new.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  estimate(body: EstimateEventRequest | EstimateEventListRequest, options?: RequestOptions): Promise<EstimateEventsResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/events/estimate",
      body,
      options,
    });
  }

  /**
   * Get the state of the queue: `GET /v1/events/queue`
   *
   * Returns how many events of accepted lists are not worked yet, and since when the oldest waits.
   */
  queue(options?: RequestOptions): Promise<EventQueueResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/events/queue",
      options,
    });
  }
}

/** Those who use your product and pay for it. */
export class CustomersResource {
  readonly #transport: Transport;
  readonly creditGrants: CustomersCreditGrantsResource;
  readonly balanceAlerts: CustomersBalanceAlertsResource;
  readonly topUpRules: CustomersTopUpRulesResource;
  readonly topUps: CustomersTopUpsResource;
  readonly holds: CustomersHoldsResource;
  readonly discounts: CustomersDiscountsResource;
  readonly paymentMethods: CustomersPaymentMethodsResource;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.creditGrants = new CustomersCreditGrantsResource(transport);
    this.balanceAlerts = new CustomersBalanceAlertsResource(transport);
    this.topUpRules = new CustomersTopUpRulesResource(transport);
    this.topUps = new CustomersTopUpsResource(transport);
    this.holds = new CustomersHoldsResource(transport);
    this.discounts = new CustomersDiscountsResource(transport);
    this.paymentMethods = new CustomersPaymentMethodsResource(transport);
  }

  /**
   * Get a customer's usage: `GET /v1/customers/{id}/usage`
   *
   * Returns what a meter has read of the customer's recorded events that are not voided, by the time of each event, and what its prices charged for them. Windows without events are there with zero, for every group that has an event in the range, so that a chart has no holes. Of more than 10,000 rows it says to choose a larger window. Windows of a `max`, `min`, `latest` or `unique_count` do not add up to the total, which is the same reading over the whole range.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Not found: `METER_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   */
  usage(id: string, query: GetCustomerUsageQuery, options?: RequestOptions): Promise<CustomerUsageResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/usage",
      params: { id },
      query,
      options,
    });
  }

  /**
   * Create a customer: `POST /v1/customers`
   *
   * Creates a customer. At least one of `name`, `first_name`, `last_name`, `email` and `external_id` must be given.
   *
   * @throws {ValidationError} 400: Bad request: `TEST_CLOCK_NOT_FOUND`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateCustomerRequest, options?: RequestOptions): Promise<CustomerResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers",
      body,
      options,
    });
  }

  /**
   * List customers: `GET /v1/customers`
   *
   * Returns the customers, newest first; with `search`, those whose names, e-mail or ids have its words, and with `ids`, those who have one of them.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListCustomersQuery, options?: RequestOptions): List<Customer, CustomerListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.customers,
    );
  }

  /**
   * Search customers: `GET /v1/customers/search`
   *
   * Returns the customers whose fields equal all those given, newest first, at most 100. At least one must be given.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  search(query?: SearchCustomersQuery, options?: RequestOptions): Promise<CustomerSearchResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/search",
      query,
      options,
    });
  }

  /**
   * Get a customer: `GET /v1/customers/{id}`
   *
   * Returns one customer.
   *
   * @throws {NotFoundError} 404: Customer not found
   */
  get(id: string, options?: RequestOptions): Promise<CustomerResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Update a customer: `PATCH /v1/customers/{id}`
   *
   * Changes only the fields given; `null` clears one. `metadata` is replaced as a whole.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(id: string, body: UpdateCustomerRequest, options?: RequestOptions): Promise<CustomerResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/customers/{id}",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Delete a customer: `DELETE /v1/customers/{id}`
   *
   * Deletes the customer for ever, with their subscriptions, wallets and events. Refused once they have a finalized invoice.
   *
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `CUSTOMER_HAS_INVOICES`
   */
  delete(id: string, options?: RequestOptions): Promise<CustomerDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/customers/{id}",
      params: { id },
      options,
    });
  }

  /**
   * List customer balances: `GET /v1/customers/{id}/balances`
   *
   * Returns all wallet balances for a customer.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  listBalances(id: string, query?: ListBalancesQuery, options?: RequestOptions): Promise<CustomerBalancesResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/balances",
      params: { id },
      query,
      options,
    });
  }

  /**
   * List a customer's wallets: `GET /v1/customers/{id}/wallets`
   *
   * Returns what each of the customer's wallets holds, what holds reserve of it, and what is available.
   *
   * @throws {NotFoundError} 404: Customer not found
   */
  listWallets(id: string, options?: RequestOptions): Promise<WalletListResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/wallets",
      params: { id },
      options,
    });
  }

  /**
   * List a customer's ledger: `GET /v1/customers/{id}/ledger`
   *
   * Returns every movement of the customer's wallets with the balance after it, newest first. Within a wallet `seq` has no gaps, and each `balance_after` is the one before it plus `amount`.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  listLedger(id: string, query?: ListLedgerQuery, options?: RequestOptions): List<LedgerEntry, LedgerResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/ledger",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.entries,
    );
  }

  /**
   * Create a portal link: `POST /v1/customers/{id}/portal-link`
   *
   * Makes a page on which a customer looks after their own subscriptions, balances, usage, invoices, payment methods and address. It is good for 24 hours; whoever has it may use it.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  createPortalLink(id: string, options?: RequestOptions): Promise<PortalLinkResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/portal-link",
      params: { id },
      options,
    });
  }

  /**
   * Erase a customer's personal fields: `POST /v1/customers/{id}/erase`
   *
   * Erases for ever who the customer is: names, addresses, e-mail, phone, tax id, your own id and metadata, saved cards, mails and open links. Their usage, wallets, payments and finalized invoices stay, and those invoices keep the name and address that they were made out to. Refused while a subscription goes on, a draft waits, or a payment or refund is under way. Told by the webhook event `customer.erased`.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `CUSTOMER_IN_USE`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  erase(id: string, options?: RequestOptions): Promise<CustomerResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/erase",
      params: { id },
      options,
    });
  }
}

export class CustomersCreditGrantsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Grant credits to a customer: `POST /v1/customers/{id}/credit-grants`
   *
   * Adds credits to the customer's wallet, at once or from `effective_at` on. A debt in the wallet is paid from them first. Grants are drawn in the order of priority, soonest expiry, promotional before paid, oldest.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PRICING_UNIT_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateCreditGrantRequest, options?: RequestOptions): Promise<CreditGrantResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/credit-grants",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a customer's credit grants: `GET /v1/customers/{id}/credit-grants`
   *
   * Returns the customer's grants, ended ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, query?: ListCustomerCreditGrantsQuery, options?: RequestOptions): List<CreditGrant, CreditGrantListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/credit-grants",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.credit_grants,
    );
  }

  /**
   * Get a credit grant: `GET /v1/customers/{id}/credit-grants/{credit_grant_id}`
   *
   * Returns one grant with what is left of it.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `CREDIT_GRANT_NOT_FOUND`
   */
  get(id: string, creditGrantId: string, options?: RequestOptions): Promise<CreditGrantResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/credit-grants/{credit_grant_id}",
      params: { id, credit_grant_id: creditGrantId },
      options,
    });
  }

  /**
   * Void a credit grant: `POST /v1/customers/{id}/credit-grants/{credit_grant_id}/void`
   *
   * Takes what is left of the grant out of the wallet for good. What it has paid for stays paid. One that is not effective yet never will be. Voiding it again changes nothing.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `CREDIT_GRANT_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `CREDIT_GRANT_ENDED`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  void(id: string, creditGrantId: string, options?: RequestOptions): Promise<CreditGrantResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/credit-grants/{credit_grant_id}/void",
      params: { id, credit_grant_id: creditGrantId },
      options,
    });
  }
}

export class CustomersBalanceAlertsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a balance alert: `POST /v1/customers/{id}/balance-alerts`
   *
   * Watches one of the customer's wallets. `balance.low` is told once the balance is below the threshold, `balance.recovered` once it is at the threshold or above again; a balance that is low already is told at once.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PRICING_UNIT_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `TOO_MANY_BALANCE_ALERTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateBalanceAlertRequest, options?: RequestOptions): Promise<BalanceAlertResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/balance-alerts",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a customer's balance alerts: `GET /v1/customers/{id}/balance-alerts`
   *
   * Returns the alerts of all the customer's wallets, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, query?: ListBalanceAlertsQuery, options?: RequestOptions): List<BalanceAlert, BalanceAlertListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/balance-alerts",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.balance_alerts,
    );
  }

  /**
   * Delete a balance alert: `DELETE /v1/customers/{id}/balance-alerts/{alert_id}`
   *
   * Ends the watch. Nothing more is told by it.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `BALANCE_ALERT_NOT_FOUND`
   */
  delete(id: string, alertId: string, options?: RequestOptions): Promise<BalanceAlertDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/customers/{id}/balance-alerts/{alert_id}",
      params: { id, alert_id: alertId },
      options,
    });
  }
}

export class CustomersTopUpRulesResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a top-up rule: `POST /v1/customers/{id}/top-up-rules`
   *
   * Fills one of the customer's wallets up whenever less than `threshold` is available: one top-up closes the whole shortfall, and until it is paid there is no other. If the balance is that low already, it is made at once.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PRICING_UNIT_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `TOP_UP_RULE_EXISTS`, `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateTopUpRuleRequest, options?: RequestOptions): Promise<TopUpRuleResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/top-up-rules",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a customer's top-up rules: `GET /v1/customers/{id}/top-up-rules`
   *
   * Returns the rules, at most one for each wallet, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, query?: ListTopUpRulesQuery, options?: RequestOptions): List<TopUpRule, TopUpRuleListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/top-up-rules",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.top_up_rules,
    );
  }

  /**
   * Get a top-up rule: `GET /v1/customers/{id}/top-up-rules/{rule_id}`
   *
   * Returns one rule.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `TOP_UP_RULE_NOT_FOUND`
   */
  get(id: string, ruleId: string, options?: RequestOptions): Promise<TopUpRuleResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/top-up-rules/{rule_id}",
      params: { id, rule_id: ruleId },
      options,
    });
  }

  /**
   * Update a top-up rule: `PATCH /v1/customers/{id}/top-up-rules/{rule_id}`
   *
   * Changes only the fields given; `null` clears a limit or the expiry. `status` turns it off, or on again after a payment that failed. What the rule then asks for is made at once.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `TOP_UP_RULE_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(id: string, ruleId: string, body: UpdateTopUpRuleRequest, options?: RequestOptions): Promise<TopUpRuleResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/customers/{id}/top-up-rules/{rule_id}",
      params: { id, rule_id: ruleId },
      body,
      options,
    });
  }

  /**
   * Delete a top-up rule: `DELETE /v1/customers/{id}/top-up-rules/{rule_id}`
   *
   * Deletes the rule. A top-up of it that is in progress goes on; void its invoice to stop it.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `TOP_UP_RULE_NOT_FOUND`
   */
  delete(id: string, ruleId: string, options?: RequestOptions): Promise<TopUpRuleDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/customers/{id}/top-up-rules/{rule_id}",
      params: { id, rule_id: ruleId },
      options,
    });
  }
}

export class CustomersTopUpsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Top up a wallet: `POST /v1/customers/{id}/top-ups`
   *
   * Buys credits: makes an open invoice for them, to be charged automatically. The credits are there once it is paid, as a `paid` grant.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PRICING_UNIT_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateTopUpRequest, options?: RequestOptions): Promise<TopUpResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/top-ups",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a customer's top-ups: `GET /v1/customers/{id}/top-ups`
   *
   * Returns the top-ups that rules and people have asked for, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, query?: ListTopUpsQuery, options?: RequestOptions): List<TopUp, TopUpListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/top-ups",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.top_ups,
    );
  }
}

export class CustomersHoldsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Hold credits: `POST /v1/customers/{id}/holds`
   *
   * Reserves an amount, or what an event would cost now. What is held is still in the balance and no longer available: where a live plan blocks overdrafts, neither events nor other holds can spend it.
   *
   * @throws {ValidationError} 400: Bad request: `INVALID_PROPERTY`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PRICING_UNIT_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `HOLD_TOO_LARGE`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateHoldRequest, options?: RequestOptions): Promise<HoldResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/holds",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a customer's holds: `GET /v1/customers/{id}/holds`
   *
   * Returns the holds, ended ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, query?: ListHoldsQuery, options?: RequestOptions): List<Hold, HoldListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/holds",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.holds,
    );
  }

  /**
   * Get a hold: `GET /v1/customers/{id}/holds/{hold_id}`
   *
   * Returns one hold.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `HOLD_NOT_FOUND`
   */
  get(id: string, holdId: string, options?: RequestOptions): Promise<HoldResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/holds/{hold_id}",
      params: { id, hold_id: holdId },
      options,
    });
  }

  /**
   * Capture a hold: `POST /v1/customers/{id}/holds/{hold_id}/capture`
   *
   * Records the real events and charges them, all or none. Up to what is held they are never rejected; beyond it, what they cost must be available. The rest is given up, or stays held with `keep_rest`.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `HOLD_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `HOLD_ENDED`, `CAPTURE_REFUSED`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  capture(id: string, holdId: string, body: CaptureHoldRequest, options?: RequestOptions): Promise<CaptureHoldResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/holds/{hold_id}/capture",
      params: { id, hold_id: holdId },
      body,
      options,
    });
  }

  /**
   * Release a hold: `POST /v1/customers/{id}/holds/{hold_id}/release`
   *
   * Gives up what is still reserved. Releasing a hold again changes nothing.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `HOLD_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `HOLD_ENDED`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  release(id: string, holdId: string, options?: RequestOptions): Promise<HoldResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/holds/{hold_id}/release",
      params: { id, hold_id: holdId },
      options,
    });
  }
}

export class CustomersDiscountsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Redeem a coupon: `POST /v1/customers/{id}/discounts`
   *
   * Gives a customer the discount of a coupon: on all invoices of theirs that are made from now on, or on those of one subscription and of what it is changed to. Top-ups have no discounts.
   *
   * @throws {ValidationError} 400: Bad request: `COUPON_NOT_FOUND`, `SUBSCRIPTION_NOT_FOUND`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `COUPON_NOT_FOUND`, `SUBSCRIPTION_NOT_FOUND`, `CUSTOMER_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `COUPON_NOT_REDEEMABLE`, `COUPON_REDEEMED`, `SUBSCRIPTION_ENDED`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateDiscountRequest, options?: RequestOptions): Promise<DiscountResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/discounts",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a customer's discounts: `GET /v1/customers/{id}/discounts`
   *
   * Returns the discounts of a customer, ended and used ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, query?: ListDiscountsQuery, options?: RequestOptions): List<Discount, DiscountListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/customers/{id}/discounts",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.discounts,
    );
  }

  /**
   * End a discount: `DELETE /v1/customers/{id}/discounts/{discount_id}`
   *
   * Ends it now: invoices that are made later do not have it. Those that have it keep it.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `DISCOUNT_NOT_FOUND`
   */
  end(id: string, discountId: string, options?: RequestOptions): Promise<DiscountResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/customers/{id}/discounts/{discount_id}",
      params: { id, discount_id: discountId },
      options,
    });
  }
}

export class CustomersPaymentMethodsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Save a test card: `POST /v1/customers/{id}/payment-methods`
   *
   * Saves one of the sandbox's cards, in test mode; a real card never passes through this API. See the guide of payments for the numbers and what becomes of them.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `CARDS_NOT_TAKEN`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreatePaymentMethodRequest, options?: RequestOptions): Promise<PaymentMethodResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/payment-methods",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List payment methods: `GET /v1/customers/{id}/payment-methods`
   *
   * Returns what can be charged of a customer, newest first.
   *
   * @throws {NotFoundError} 404: Customer not found
   */
  list(id: string, options?: RequestOptions): Promise<PaymentMethodListResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/customers/{id}/payment-methods",
      params: { id },
      options,
    });
  }

  /**
   * Have a customer save a card: `POST /v1/customers/{id}/payment-methods/setup`
   *
   * Makes a page of Stripe's on which the customer saves a card: its number goes to Stripe alone. It is good for a day. The card is a payment method, and the default, within a moment of being saved.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `CARDS_NOT_TAKEN`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  setUp(id: string, body: SetUpPaymentMethodRequest, options?: RequestOptions): Promise<PaymentMethodSetupResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/payment-methods/setup",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Make a payment method the default: `POST /v1/customers/{id}/payment-methods/{payment_method_id}/make-default`
   *
   * It is charged from now on when an invoice is collected automatically.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `PAYMENT_METHOD_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  makeDefault(id: string, paymentMethodId: string, options?: RequestOptions): Promise<PaymentMethodResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/customers/{id}/payment-methods/{payment_method_id}/make-default",
      params: { id, payment_method_id: paymentMethodId },
      options,
    });
  }

  /**
   * Forget a payment method: `DELETE /v1/customers/{id}/payment-methods/{payment_method_id}`
   *
   * It is not charged any more. If it was the default, the newest that is left becomes it; payments in progress go on.
   *
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `PAYMENT_METHOD_NOT_FOUND`
   */
  delete(id: string, paymentMethodId: string, options?: RequestOptions): Promise<PaymentMethodDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/customers/{id}/payment-methods/{payment_method_id}",
      params: { id, payment_method_id: paymentMethodId },
      options,
    });
  }
}

/** Events of lists that could not be recorded, with the reason, until you retry or discard them. */
export class RejectedEventsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List rejected events: `GET /v1/rejected-events`
   *
   * Returns the events of lists that could not be recorded, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListRejectedEventsQuery, options?: RequestOptions): List<RejectedEvent, RejectedEventListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/rejected-events",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.rejected_events,
    );
  }

  /**
   * Get a rejected event: `GET /v1/rejected-events/{id}`
   *
   * Returns one rejected event with the reason.
   *
   * @throws {NotFoundError} 404: Rejected event not found
   */
  get(id: string, options?: RequestOptions): Promise<RejectedEventResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/rejected-events/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Discard a rejected event: `DELETE /v1/rejected-events/{id}`
   *
   * Forgets the event for good. It can still be sent anew, with the same `idempotency_key`.
   *
   * @throws {NotFoundError} 404: Rejected event not found
   */
  discard(id: string, options?: RequestOptions): Promise<DiscardRejectedEventResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/rejected-events/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Retry a rejected event: `POST /v1/rejected-events/{id}/retry`
   *
   * Works the event again as it is, and answers with what became of it. Recorded, it leaves the rejected events; else it stays, with the reason of this time.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Rejected event not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  retry(id: string, options?: RequestOptions): Promise<RetryRejectedEventResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/rejected-events/{id}/retry",
      params: { id },
      options,
    });
  }
}

/** Which plan a customer is on. Events are priced by the plans of the customer's live subscriptions. */
export class SubscriptionsResource {
  readonly #transport: Transport;
  readonly creditGrants: SubscriptionsCreditGrantsResource;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.creditGrants = new SubscriptionsCreditGrantsResource(transport);
  }

  /**
   * List subscriptions: `GET /v1/subscriptions`
   *
   * Returns the subscriptions, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListSubscriptionsQuery, options?: RequestOptions): List<Subscription, SubscriptionListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/subscriptions",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.subscriptions,
    );
  }

  /**
   * Create a subscription: `POST /v1/subscriptions`
   *
   * Subscribes a customer to the latest version of a plan. It is `pending` unless `initial_status` is `active`; created active with a start date ahead, it becomes active then, and with one in the past it is billed since then.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `PLAN_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `SUBSCRIPTION_EXISTS`, `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateSubscriptionRequest, options?: RequestOptions): Promise<SubscriptionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscriptions",
      body,
      options,
    });
  }

  /**
   * Get a subscription: `GET /v1/subscriptions/{id}`
   *
   * Returns one subscription.
   *
   * @throws {NotFoundError} 404: Subscription not found
   */
  get(id: string, options?: RequestOptions): Promise<SubscriptionResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/subscriptions/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Update a subscription: `PATCH /v1/subscriptions/{id}`
   *
   * Changes only the fields given. `status: "active"` starts a pending subscription; `"canceled"` ends it now. With `dry_run` nothing changes, and `preview` says what it would come to.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Subscription not found
   * @throws {ConflictError} 409: Conflict: `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(id: string, body: UpdateSubscriptionRequest, options?: RequestOptions): Promise<SubscriptionChangeResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/subscriptions/{id}",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Cancel a subscription: `POST /v1/subscriptions/{id}/cancel`
   *
   * Ends it now or when its period ends. Now, the usage so far is invoiced, and what was paid for longer becomes a credit note, unless the policy says no. Canceling one that has ended changes nothing.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Subscription not found
   * @throws {ConflictError} 409: Conflict: `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  cancel(id: string, body: CancelSubscriptionRequest, options?: RequestOptions): Promise<SubscriptionChangeResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscriptions/{id}/cancel",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Change the plan of a subscription: `POST /v1/subscriptions/{id}/change-plan`
   *
   * Moves the customer to another plan: now, by a second subscription that takes over from this instant, or when the period ends. Now, what was paid for longer comes off the new subscription's first invoice, or becomes a credit note.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PLAN_NOT_FOUND`, `SUBSCRIPTION_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `SUBSCRIPTION_ENDED`, `SUBSCRIPTION_PENDING`, `SUBSCRIPTION_EXISTS`, `PLAN_UNCHANGED`, `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  changePlan(id: string, body: ChangePlanRequest, options?: RequestOptions): Promise<ChangePlanResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscriptions/{id}/change-plan",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Pause a subscription: `POST /v1/subscriptions/{id}/pause`
   *
   * From now on no fee is owed and no credits are given, until it is resumed. Its status and periods go on, and usage is charged.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Subscription not found
   * @throws {ConflictError} 409: Conflict: `SUBSCRIPTION_ENDED`, `SUBSCRIPTION_PENDING`, `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  pause(id: string, body: PauseSubscriptionRequest, options?: RequestOptions): Promise<SubscriptionChangeResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscriptions/{id}/pause",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Resume a subscription: `POST /v1/subscriptions/{id}/resume`
   *
   * Ends a pause: fees are owed again from now on.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Subscription not found
   * @throws {ConflictError} 409: Conflict: `SUBSCRIPTION_ENDED`, `SUBSCRIPTION_PENDING`, `CONVERSION_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  resume(id: string, body: PauseSubscriptionRequest, options?: RequestOptions): Promise<SubscriptionChangeResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscriptions/{id}/resume",
      params: { id },
      body,
      options,
    });
  }
}

export class SubscriptionsCreditGrantsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Grant credits on a subscription: `POST /v1/subscriptions/{id}/credit-grants`
   *
   * Adds credits to the wallet of the subscription's customer and remembers the subscription they were granted on.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `PRICING_UNIT_NOT_FOUND`, `SUBSCRIPTION_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateCreditGrantRequest, options?: RequestOptions): Promise<CreditGrantResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscriptions/{id}/credit-grants",
      params: { id },
      body,
      options,
    });
  }
}

/** What is taken off invoices: coupons, and the discounts that customers have by redeeming them. */
export class CouponsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a coupon: `POST /v1/coupons`
   *
   * Creates what customers can be given: a percentage or an amount off their invoices, once, for some months or for ever. What it takes off never changes.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `COUPON_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateCouponRequest, options?: RequestOptions): Promise<CouponResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/coupons",
      body,
      options,
    });
  }

  /**
   * List coupons: `GET /v1/coupons`
   *
   * Returns the coupons, archived ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListCouponsQuery, options?: RequestOptions): List<Coupon, CouponListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/coupons",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.coupons,
    );
  }

  /**
   * Get a coupon: `GET /v1/coupons/{code}`
   *
   * Returns one coupon, with how often it has been redeemed.
   *
   * @throws {NotFoundError} 404: Coupon not found
   */
  get(code: string, options?: RequestOptions): Promise<CouponResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/coupons/{code}",
      params: { code },
      options,
    });
  }

  /**
   * Archive a coupon: `POST /v1/coupons/{code}/archive`
   *
   * Has nobody redeem it any more. Discounts by it stay.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Coupon not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  archive(code: string, options?: RequestOptions): Promise<CouponResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/coupons/{code}/archive",
      params: { code },
      options,
    });
  }
}

/** Which taxes invoices have, by the country and the state of their customer. */
export class TaxRatesResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a tax rate: `POST /v1/tax-rates`
   *
   * Taxes invoices of customers in a country from now on, or of those whom no other rate is for. All rates that are for a customer apply beside each other. A rate never changes; a new percentage is a new rate, with the old one archived.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `TAX_RATE_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateTaxRateRequest, options?: RequestOptions): Promise<TaxRateResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/tax-rates",
      body,
      options,
    });
  }

  /**
   * List tax rates: `GET /v1/tax-rates`
   *
   * Returns the tax rates, archived ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListTaxRatesQuery, options?: RequestOptions): List<TaxRate, TaxRateListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/tax-rates",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.tax_rates,
    );
  }

  /**
   * Get a tax rate: `GET /v1/tax-rates/{code}`
   *
   * Returns one tax rate.
   *
   * @throws {NotFoundError} 404: Tax rate not found
   */
  get(code: string, options?: RequestOptions): Promise<TaxRateResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/tax-rates/{code}",
      params: { code },
      options,
    });
  }

  /**
   * Archive a tax rate: `POST /v1/tax-rates/{code}/archive`
   *
   * Taxes no invoice by it any more. Finalized invoices stay as they are.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Tax rate not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  archive(code: string, options?: RequestOptions): Promise<TaxRateResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/tax-rates/{code}/archive",
      params: { code },
      options,
    });
  }
}

/** What customers owe. A draft can be changed; a finalized invoice has a number and never changes again. */
export class InvoicesResource {
  readonly #transport: Transport;
  readonly lineItems: InvoicesLineItemsResource;
  readonly payments: InvoicesPaymentsResource;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.lineItems = new InvoicesLineItemsResource(transport);
    this.payments = new InvoicesPaymentsResource(transport);
  }

  /**
   * Create a draft invoice: `POST /v1/invoices`
   *
   * Creates an invoice as a draft. It can be changed until it is finalized, and has no number until then.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Customer not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateInvoiceRequest, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices",
      body,
      options,
    });
  }

  /**
   * List invoices: `GET /v1/invoices`
   *
   * Returns the invoices with their line items, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListInvoicesQuery, options?: RequestOptions): List<Invoice, InvoiceListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/invoices",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.invoices,
    );
  }

  /**
   * Get an invoice: `GET /v1/invoices/{id}`
   *
   * Returns one invoice with its line items.
   *
   * @throws {NotFoundError} 404: Invoice not found
   */
  get(id: string, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/invoices/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Update a draft invoice: `PATCH /v1/invoices/{id}`
   *
   * Changes only the fields given, while it is a draft; `metadata` is replaced as a whole.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_DRAFT`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(id: string, body: UpdateInvoiceRequest, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/invoices/{id}",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Delete a draft invoice: `DELETE /v1/invoices/{id}`
   *
   * Deletes a draft with its line items. A finalized invoice is voided instead.
   *
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_DRAFT`
   */
  delete(id: string, options?: RequestOptions): Promise<InvoiceDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/invoices/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Finalize an invoice: `POST /v1/invoices/{id}/finalize`
   *
   * Makes a draft final: it gets the next number, without gaps, and its due date, and takes what its customer's balance holds for it. It is `open` from then on, or `paid` if nothing is due.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_DRAFT`, `INVOICE_EMPTY`, `INVOICE_TOTAL_NEGATIVE`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  finalize(id: string, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/finalize",
      params: { id },
      options,
    });
  }

  /**
   * Void an invoice: `POST /v1/invoices/{id}/void`
   *
   * Declares an open or uncollectible invoice invalid. It keeps its number, nothing of it is due, and what it took of its customer's balance goes back.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_OPEN`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  void(id: string, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/void",
      params: { id },
      options,
    });
  }

  /**
   * Mark an invoice paid: `POST /v1/invoices/{id}/mark-paid`
   *
   * Records that all of what is due was paid outside, for instance by bank transfer.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_OPEN`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  markPaid(id: string, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/mark-paid",
      params: { id },
      options,
    });
  }

  /**
   * Mark an invoice uncollectible: `POST /v1/invoices/{id}/mark-uncollectible`
   *
   * Gives up expecting payment of an open invoice. It can still be marked paid, or voided.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_OPEN`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  markUncollectible(id: string, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/mark-uncollectible",
      params: { id },
      options,
    });
  }

  /**
   * Explain an invoice: `GET /v1/invoices/{id}/explain`
   *
   * Says where every line comes from: the billing that made it, the plan version, the seats or the meter's readings, what credits paid, the conversion, the exact amount and its rounding; then the discounts and taxes. Of a finalized invoice it never changes; of a draft it is as it stands.
   *
   * @throws {NotFoundError} 404: Invoice not found
   */
  explain(id: string, options?: RequestOptions): Promise<InvoiceExplanationResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/invoices/{id}/explain",
      params: { id },
      options,
    });
  }

  /**
   * Pay an invoice: `POST /v1/invoices/{id}/pay`
   *
   * Charges all that is due to a saved payment method. The payment is recorded first and charged within a second: its outcome is a webhook event, and `GET /v1/payments/{id}` shows it.
   *
   * @throws {ValidationError} 400: Bad request: `PAYMENT_METHOD_NOT_FOUND`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_OPEN`, `PAYMENT_IN_PROGRESS`, `PAYMENT_METHOD_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  pay(id: string, body: PayInvoiceRequest, options?: RequestOptions): Promise<PaymentResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/pay",
      params: { id },
      body,
      options,
    });
  }
}

export class InvoicesLineItemsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Add a line item: `POST /v1/invoices/{id}/line-items`
   *
   * Adds a line to a draft, at its end, and returns the invoice with its new totals.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_DRAFT`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateInvoiceLineItemRequest, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/line-items",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Update a line item: `PATCH /v1/invoices/{id}/line-items/{line_item_id}`
   *
   * Changes only the fields given of a line of a draft, and returns the invoice with its new totals.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `INVOICE_NOT_FOUND`, `LINE_ITEM_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_DRAFT`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(id: string, lineItemId: string, body: UpdateInvoiceLineItemRequest, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/invoices/{id}/line-items/{line_item_id}",
      params: { id, line_item_id: lineItemId },
      body,
      options,
    });
  }

  /**
   * Remove a line item: `DELETE /v1/invoices/{id}/line-items/{line_item_id}`
   *
   * Takes a line out of a draft, and returns the invoice with its new totals.
   *
   * @throws {NotFoundError} 404: Not found: `INVOICE_NOT_FOUND`, `LINE_ITEM_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_DRAFT`
   */
  delete(id: string, lineItemId: string, options?: RequestOptions): Promise<InvoiceResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/invoices/{id}/line-items/{line_item_id}",
      params: { id, line_item_id: lineItemId },
      options,
    });
  }

  /**
   * List a line's events: `GET /v1/invoices/{id}/line-items/{line_item_id}/events`
   *
   * Returns the events that a line of usage counts, in the order in which they were recorded, those that were voided later too. Any other line has none.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Not found: `INVOICE_NOT_FOUND`, `LINE_ITEM_NOT_FOUND`
   */
  listEvents(id: string, lineItemId: string, query?: ListLineItemEventsQuery, options?: RequestOptions): List<Event, LineItemEventListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/invoices/{id}/line-items/{line_item_id}/events",
        params: { id, line_item_id: lineItemId },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.events,
    );
  }
}

export class InvoicesPaymentsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Record a payment: `POST /v1/invoices/{id}/payments`
   *
   * Records money that has come outside, like a bank transfer: all of what is due, part of it, or more. What is more goes into the customer's wallet.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_OPEN`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  record(id: string, body: RecordPaymentRequest, options?: RequestOptions): Promise<PaymentResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/invoices/{id}/payments",
      params: { id },
      body,
      options,
    });
  }
}

/** What is given back of a finalized invoice, which itself never changes. */
export class CreditNotesResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List credit notes: `GET /v1/credit-notes`
   *
   * Returns the credit notes, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListCreditNotesQuery, options?: RequestOptions): List<CreditNote, CreditNoteListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/credit-notes",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.credit_notes,
    );
  }

  /**
   * Create a credit note: `POST /v1/credit-notes`
   *
   * Gives back a finalized invoice, an amount of it, or lines of it. What is due goes down first; what was paid already becomes balance of the customer's wallet, or is refunded. The invoice itself never changes.
   *
   * @throws {ValidationError} 400: Bad request: `LINE_ITEM_NOT_FOUND`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Invoice not found
   * @throws {ConflictError} 409: Conflict: `INVOICE_NOT_CREDITABLE`, `CREDIT_TOO_LARGE`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateCreditNoteRequest, options?: RequestOptions): Promise<CreditNoteResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/credit-notes",
      body,
      options,
    });
  }

  /**
   * Get a credit note: `GET /v1/credit-notes/{id}`
   *
   * Returns one credit note.
   *
   * @throws {NotFoundError} 404: Credit note not found
   */
  get(id: string, options?: RequestOptions): Promise<CreditNoteResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/credit-notes/{id}",
      params: { id },
      options,
    });
  }
}

/** How money comes: payment methods, payments of invoices, refunds, and what happens to an invoice that is not paid. */
export class PaymentsResource {
  readonly #transport: Transport;
  readonly refunds: PaymentsRefundsResource;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.refunds = new PaymentsRefundsResource(transport);
  }

  /**
   * List payments: `GET /v1/payments`
   *
   * Returns the payments, also those that failed, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListPaymentsQuery, options?: RequestOptions): List<Payment, PaymentListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/payments",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.payments,
    );
  }

  /**
   * Get a payment: `GET /v1/payments/{id}`
   *
   * Returns one payment.
   *
   * @throws {NotFoundError} 404: Payment not found
   */
  get(id: string, options?: RequestOptions): Promise<PaymentResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/payments/{id}",
      params: { id },
      options,
    });
  }
}

export class PaymentsRefundsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Refund a payment: `POST /v1/payments/{id}/refunds`
   *
   * Gives back all or part of a payment to where it came from, with a credit note against its invoice. Of a payment that was recorded by hand, you send the money yourself.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Payment not found
   * @throws {ConflictError} 409: Conflict: `PAYMENT_NOT_REFUNDABLE`, `REFUND_TOO_LARGE`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(id: string, body: CreateRefundRequest, options?: RequestOptions): Promise<RefundResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/payments/{id}/refunds",
      params: { id },
      body,
      options,
    });
  }

  /**
   * List a payment's refunds: `GET /v1/payments/{id}/refunds`
   *
   * Returns what has been given back of a payment, newest first.
   *
   * @throws {NotFoundError} 404: Payment not found
   */
  list(id: string, options?: RequestOptions): Promise<RefundListResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/payments/{id}/refunds",
      params: { id },
      options,
    });
  }
}

/** How money comes: payment methods, payments of invoices, refunds, and what happens to an invoice that is not paid. */
export class PaymentSettingsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Get payment settings: `GET /v1/payment-settings`
   *
   * Returns how your company gets its money in this mode.
   */
  get(options?: RequestOptions): Promise<PaymentSettingsResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/payment-settings",
      options,
    });
  }

  /**
   * Update payment settings: `PATCH /v1/payment-settings`
   *
   * Changes only the settings given. They hold for the mode of the key.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(body: UpdatePaymentSettingsRequest, options?: RequestOptions): Promise<PaymentSettingsResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/payment-settings",
      body,
      options,
    });
  }
}

/** Links to pages that your customers open without signing in: to subscribe, and to look after what they have. */
export class SubscriptionSignupLinksResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a signup link: `POST /v1/subscription-signup-links`
   *
   * Makes a page on which a customer looks at a plan with its exact first invoice, gives a payment method and subscribes; or, with `previous_subscription_id`, moves to it. It is good for 24 hours and for one use.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `PLAN_NOT_FOUND`, `SUBSCRIPTION_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateSignupLinkRequest, options?: RequestOptions): Promise<SignupLinkResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/subscription-signup-links",
      body,
      options,
    });
  }
}

/** Months of billing in seconds: in test mode, customers can live by a clock that you move. */
export class TestClocksResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a test clock: `POST /v1/test-clocks`
   *
   * Makes a clock that stands still. Customers made with its `test_clock_id` live by its time.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `TEST_MODE_ONLY`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateTestClockRequest, options?: RequestOptions): Promise<TestClockResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/test-clocks",
      body,
      options,
    });
  }

  /**
   * List test clocks: `GET /v1/test-clocks`
   *
   * Returns the test clocks, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListTestClocksQuery, options?: RequestOptions): List<TestClock, TestClockListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/test-clocks",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.test_clocks,
    );
  }

  /**
   * Get a test clock: `GET /v1/test-clocks/{id}`
   *
   * Returns one test clock; while it is advancing, `frozen_time` says how far it has come.
   *
   * @throws {NotFoundError} 404: Test clock not found; only test mode has clocks.
   */
  get(id: string, options?: RequestOptions): Promise<TestClockResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/test-clocks/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Delete a test clock: `DELETE /v1/test-clocks/{id}`
   *
   * Deletes the clock with its customers and everything of theirs, finalized invoices too.
   *
   * @throws {NotFoundError} 404: Test clock not found; only test mode has clocks.
   * @throws {ConflictError} 409: Conflict: `TEST_CLOCK_ADVANCING`
   */
  delete(id: string, options?: RequestOptions): Promise<TestClockDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/test-clocks/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Advance a test clock: `POST /v1/test-clocks/{id}/advance`
   *
   * Moves the clock on to a time. Everything that falls due for its customers on the way is done, in the order of time: renewals, invoices, expiries, top-ups, charges. It is `advancing` until all is done.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Test clock not found; only test mode has clocks.
   * @throws {ConflictError} 409: Conflict: `TEST_CLOCK_ADVANCING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  advance(id: string, body: AdvanceTestClockRequest, options?: RequestOptions): Promise<TestClockResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/test-clocks/{id}/advance",
      params: { id },
      body,
      options,
    });
  }
}

/** What you sell credits in beside currencies: tokens, credits, minutes. */
export class PricingUnitsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a pricing unit: `POST /v1/pricing-units`
   *
   * Creates a unit that prices, credit grants and wallets can be in.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `PRICING_UNIT_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreatePricingUnitRequest, options?: RequestOptions): Promise<PricingUnitResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/pricing-units",
      body,
      options,
    });
  }

  /**
   * List pricing units: `GET /v1/pricing-units`
   *
   * Returns the pricing units, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListPricingUnitsQuery, options?: RequestOptions): List<PricingUnit, PricingUnitListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/pricing-units",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.pricing_units,
    );
  }

  /**
   * Get a pricing unit: `GET /v1/pricing-units/{code}`
   *
   * Returns one pricing unit.
   *
   * @throws {NotFoundError} 404: Pricing unit not found
   */
  get(code: string, options?: RequestOptions): Promise<PricingUnitResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/pricing-units/{code}",
      params: { code },
      options,
    });
  }

  /**
   * Create a conversion: `POST /v1/pricing-units/{code}/conversions`
   *
   * Says what one unit is worth in a currency from an instant on. A conversion never changes; a new worth is a new conversion with a later instant.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Pricing unit not found
   * @throws {ConflictError} 409: Conflict: `CONVERSION_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  createConversion(code: string, body: CreatePricingUnitConversionRequest, options?: RequestOptions): Promise<PricingUnitConversionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/pricing-units/{code}/conversions",
      params: { code },
      body,
      options,
    });
  }

  /**
   * List conversions: `GET /v1/pricing-units/{code}/conversions`
   *
   * Returns what the unit has been worth and will be, newest entry first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Pricing unit not found
   */
  listConversions(code: string, query?: ListPricingUnitConversionsQuery, options?: RequestOptions): List<PricingUnitConversion, PricingUnitConversionListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/pricing-units/{code}/conversions",
        params: { code },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.conversions,
    );
  }
}

/** Which events are measured, and what of them. */
export class MetersResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a meter: `POST /v1/meters`
   *
   * Creates a meter. What it measures never changes after that; create another one instead, and price that in a new plan version.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `METER_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateMeterRequest, options?: RequestOptions): Promise<MeterResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/meters",
      body,
      options,
    });
  }

  /**
   * List meters: `GET /v1/meters`
   *
   * Returns the meters, archived ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListMetersQuery, options?: RequestOptions): List<Meter, MeterListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/meters",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.meters,
    );
  }

  /**
   * Get a meter: `GET /v1/meters/{code}`
   *
   * Returns one meter.
   *
   * @throws {NotFoundError} 404: Meter not found
   */
  get(code: string, options?: RequestOptions): Promise<MeterResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/meters/{code}",
      params: { code },
      options,
    });
  }

  /**
   * Update a meter: `PATCH /v1/meters/{code}`
   *
   * Renames a meter, archives it or brings it back. An archived meter measures no event, also for subscriptions on older plan versions. Refused while the latest version of a plan prices it, or one that a subscription is still on.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Meter not found
   * @throws {ConflictError} 409: Conflict: `METER_IN_USE`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(code: string, body: UpdateMeterRequest, options?: RequestOptions): Promise<MeterResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/meters/{code}",
      params: { code },
      body,
      options,
    });
  }
}

/** What usage costs, in versions that never change: a change is a new version, and subscriptions keep theirs. */
export class PlansResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create a plan: `POST /v1/plans`
   *
   * Creates a plan, at version 1. The meters and pricing units that it names must exist.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `PLAN_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreatePlanRequest, options?: RequestOptions): Promise<PlanResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/plans",
      body,
      options,
    });
  }

  /**
   * List plans: `GET /v1/plans`
   *
   * Returns the plans, each as its latest version has it, newest plan first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListPlansQuery, options?: RequestOptions): List<Plan, PlanListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/plans",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.plans,
    );
  }

  /**
   * Get a plan: `GET /v1/plans/{code}`
   *
   * Returns one plan as its latest version has it.
   *
   * @throws {NotFoundError} 404: Plan not found
   */
  get(code: string, options?: RequestOptions): Promise<PlanResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/plans/{code}",
      params: { code },
      options,
    });
  }

  /**
   * Create a plan version: `POST /v1/plans/{code}/versions`
   *
   * Creates the plan's next version from a whole document: what is left out gets its default, not the value of the version before. New subscriptions get it; live ones keep theirs. With `dry_run` nothing is created: the answer (200) says how many live subscriptions have an earlier version, and what the usage of their current periods would cost by this one.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Plan not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  createVersion(code: string, body: CreatePlanVersionRequest, options?: RequestOptions): Promise<PlanVersionPreviewResponse | PlanVersionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/plans/{code}/versions",
      params: { code },
      body,
      options,
    });
  }

  /**
   * List plan versions: `GET /v1/plans/{code}/versions`
   *
   * Returns the versions of a plan, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Plan not found
   */
  listVersions(code: string, query?: ListPlanVersionsQuery, options?: RequestOptions): List<PlanVersion, PlanVersionListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/plans/{code}/versions",
        params: { code },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.plan_versions,
    );
  }

  /**
   * Simulate a plan: `POST /v1/plans/{code}/simulate`
   *
   * Rates the recorded usage of the plan's customers by a document that is no version yet, and by the versions that their subscriptions have, and answers with the difference for each customer. Usage alone: fees and minimums are not in it. Both begin from nothing at `from`, so choose whole billing periods to compare what was charged. Nothing is recorded. The answer is sent customer by customer, however many there are; if it breaks off, it is not valid JSON.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Not found: `CUSTOMER_NOT_FOUND`, `PLAN_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   * @throws {ApiError} 410: Error: `EVENT_ARCHIVED`
   */
  simulate(code: string, body: SimulatePlanRequest, options?: RequestOptions): Promise<SimulatePlanResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/plans/{code}/simulate",
      params: { code },
      body,
      options,
    });
  }

  /**
   * Get a plan version: `GET /v1/plans/{code}/versions/{version}`
   *
   * Returns one version of a plan.
   *
   * @throws {NotFoundError} 404: Not found: `PLAN_NOT_FOUND`, `PLAN_VERSION_NOT_FOUND`
   */
  getVersion(code: string, version: string, options?: RequestOptions): Promise<PlanVersionResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/plans/{code}/versions/{version}",
      params: { code, version },
      options,
    });
  }
}

/** What is mailed to your customers: invoices, reminders, receipts. Also what was only kept. */
export class MailsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List mails: `GET /v1/mails`
   *
   * Returns mails to your customers, newest first, without what they say.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListMailsQuery, options?: RequestOptions): List<Mail, MailListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/mails",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.mails,
    );
  }

  /**
   * Get a mail: `GET /v1/mails/{id}`
   *
   * Returns a mail with what it says, as text and as HTML.
   *
   * @throws {NotFoundError} 404: Mail not found
   */
  get(id: string, options?: RequestOptions): Promise<MailResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/mails/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Send a mail again: `POST /v1/mails/{id}/resend`
   *
   * Makes a new mail that says the same, to the address that the customer has now. While mails are off it is kept.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Mail not found
   * @throws {ConflictError} 409: Conflict: `MAIL_ADDRESS_MISSING`, `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  resend(id: string, options?: RequestOptions): Promise<NewMailResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/mails/{id}/resend",
      params: { id },
      options,
    });
  }
}

/** Where you listen: webhook events are sent there, signed, and again until they are taken. */
export class WebhookEndpointsResource {
  readonly #transport: Transport;
  readonly deliveries: WebhookEndpointsDeliveriesResource;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.deliveries = new WebhookEndpointsDeliveriesResource(transport);
  }

  /**
   * Create a webhook endpoint: `POST /v1/webhook-endpoints`
   *
   * What happens from now on is sent there. The secret is in this answer and never shown again.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateWebhookEndpointRequest, options?: RequestOptions): Promise<NewWebhookEndpointResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/webhook-endpoints",
      body,
      options,
    });
  }

  /**
   * List webhook endpoints: `GET /v1/webhook-endpoints`
   *
   * Returns the endpoints of the key's mode, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListWebhookEndpointsQuery, options?: RequestOptions): List<WebhookEndpoint, WebhookEndpointListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/webhook-endpoints",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.webhook_endpoints,
    );
  }

  /**
   * Get a webhook endpoint: `GET /v1/webhook-endpoints/{id}`
   *
   * Returns an endpoint, without its secret.
   *
   * @throws {NotFoundError} 404: Webhook endpoint not found
   */
  get(id: string, options?: RequestOptions): Promise<WebhookEndpointResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/webhook-endpoints/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Update a webhook endpoint: `PATCH /v1/webhook-endpoints/{id}`
   *
   * Changes only the fields given. What is on its way already is sent to the new address.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {NotFoundError} 404: Webhook endpoint not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(id: string, body: UpdateWebhookEndpointRequest, options?: RequestOptions): Promise<WebhookEndpointResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/webhook-endpoints/{id}",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Delete a webhook endpoint: `DELETE /v1/webhook-endpoints/{id}`
   *
   * Nothing is sent there any more, and its deliveries are forgotten. The webhook events stay.
   *
   * @throws {NotFoundError} 404: Webhook endpoint not found
   */
  delete(id: string, options?: RequestOptions): Promise<WebhookEndpointDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/webhook-endpoints/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Give a webhook endpoint a new secret: `POST /v1/webhook-endpoints/{id}/rotate-secret`
   *
   * For 24 hours requests are signed with both, so that you can change over. The new one is shown only here.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Webhook endpoint not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  rotateSecret(id: string, options?: RequestOptions): Promise<NewWebhookEndpointResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/webhook-endpoints/{id}/rotate-secret",
      params: { id },
      options,
    });
  }
}

export class WebhookEndpointsDeliveriesResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List deliveries: `GET /v1/webhook-endpoints/{id}/deliveries`
   *
   * Returns what was or is to be sent to an endpoint, that of the newest events first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Webhook endpoint not found
   */
  list(id: string, query?: ListWebhookDeliveriesQuery, options?: RequestOptions): List<WebhookDelivery, WebhookDeliveryListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/webhook-endpoints/{id}/deliveries",
        params: { id },
        query: { ...query, ...next },
        options,
      }),
      (page) => page.webhook_deliveries,
    );
  }

  /**
   * Send a webhook event again: `POST /v1/webhook-endpoints/{id}/deliveries/{webhook_event_id}/retry`
   *
   * It is sent within a second, also if it was delivered before, and tried for three days more.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: Not found: `WEBHOOK_ENDPOINT_NOT_FOUND`, `WEBHOOK_DELIVERY_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  retry(id: string, webhookEventId: string, options?: RequestOptions): Promise<WebhookDeliveryResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/webhook-endpoints/{id}/deliveries/{webhook_event_id}/retry",
      params: { id, webhook_event_id: webhookEventId },
      options,
    });
  }
}

/** What has happened to your customers, recorded in the transaction of what caused it. */
export class WebhookEventsResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List webhook events: `GET /v1/webhook-events`
   *
   * Returns what has happened, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListWebhookEventsQuery, options?: RequestOptions): List<WebhookEvent, WebhookEventListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/webhook-events",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.webhook_events,
    );
  }

  /**
   * Get a webhook event: `GET /v1/webhook-events/{id}`
   *
   * Returns one thing that has happened.
   *
   * @throws {NotFoundError} 404: Webhook event not found
   */
  get(id: string, options?: RequestOptions): Promise<WebhookEventResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/webhook-events/{id}",
      params: { id },
      options,
    });
  }
}

/** What your books come to, at a glance. */
export class OverviewResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Get the overview: `GET /v1/overview`
   *
   * Returns what all customers come to together: recurring revenue, what was invoiced this month, what is due and overdue, and what needs to be looked at. Exact, counted as it is asked for.
   */
  get(options?: RequestOptions): Promise<OverviewResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/overview",
      options,
    });
  }
}

/** Your own company: what holds where a plan or a customer says nothing else. */
export class CompanyResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Get your company: `GET /v1/company`
   *
   * Returns the company that the key belongs to, with its settings.
   */
  get(options?: RequestOptions): Promise<CompanyResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/company",
      options,
    });
  }

  /**
   * Update your company: `PATCH /v1/company`
   *
   * Changes only the settings given. They hold for the mode of the key, live or test; the other keeps its own.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  update(body: UpdateCompanyRequest, options?: RequestOptions): Promise<CompanyResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/company",
      body,
      options,
    });
  }
}

/** What your programs authenticate with. A key belongs to one company and one mode, live or test. */
export class ApiKeysResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Create an API key: `POST /v1/api-keys`
   *
   * Creates a key of the mode of the key that asks. The whole key is in this answer and never shown again.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  create(body: CreateApiKeyRequest, options?: RequestOptions): Promise<NewApiKeyResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/api-keys",
      body,
      options,
    });
  }

  /**
   * List API keys: `GET /v1/api-keys`
   *
   * Returns the keys of this mode, revoked ones too, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListApiKeysQuery, options?: RequestOptions): List<ApiKey, ApiKeyListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/api-keys",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.api_keys,
    );
  }

  /**
   * Revoke an API key: `POST /v1/api-keys/{id}/revoke`
   *
   * Ends a key for ever: every process refuses it within a second. Revoking it again changes nothing.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {NotFoundError} 404: API key not found
   * @throws {ConflictError} 409: Conflict: `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_FLIGHT`
   */
  revoke(id: string, options?: RequestOptions): Promise<ApiKeyResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/api-keys/{id}/revoke",
      params: { id },
      options,
    });
  }
}

/** Who has changed what, with what it was before and after. */
export class AuditLogResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List the audit log: `GET /v1/audit-log`
   *
   * Returns every change, newest first: by requests of keys and members, and by Afternoon itself. Events and holds are not in it, since they are records themselves. What is about the company as a whole, such as its members, is in live mode's log.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListAuditEntriesQuery, options?: RequestOptions): List<AuditEntry, AuditLogResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/audit-log",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.audit_entries,
    );
  }
}

/** Your last requests and what became of them, to find what goes wrong. */
export class RequestLogResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List the last requests: `GET /v1/request-log`
   *
   * Returns the requests of your keys, newest first: the last 10,000, of at most seven days, a second or so after they were answered. Of events that come in only those that failed are listed. Bodies and queries are not kept. It helps to find errors and is no record: under very high load requests are left out, and a crash of the database empties it.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   */
  list(query?: ListRequestsQuery, options?: RequestOptions): List<LoggedRequest, RequestLogResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/request-log",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.requests,
    );
  }
}

/** How people sign in to the dashboard, and who they are. Programs use API keys instead. */
export class AuthResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Make the first owner: `POST /v1/auth/setup`
   *
   * Makes the owner of the first company and signs them in. The link is printed as Afternoon starts, and works until there is a member.
   *
   * @throws {ValidationError} 400: Bad request: `LINK_INVALID`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `CSRF_REFUSED`
   */
  setUp(body: SetUpRequest, options?: RequestOptions): Promise<DashboardSessionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/setup",
      body,
      options,
    });
  }

  /**
   * Sign in: `POST /v1/auth/sign-in`
   *
   * Begins a session, whose cookie is set: it lasts 30 days, or ends after 7 days without use. After 10 wrong tries an email is locked for 15 minutes.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `CSRF_REFUSED`
   */
  signIn(body: SignInRequest, options?: RequestOptions): Promise<DashboardSessionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/sign-in",
      body,
      options,
    });
  }

  /**
   * Ask for a new password: `POST /v1/auth/request-password-reset`
   *
   * Has a link mailed by which a new password can be chosen: within an hour, once. The answer is the same whether or not there is such a member; one gets a mail every five minutes at most. Without a mail server whoever runs Afternoon makes the link: `afternoon reset-password EMAIL`.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `CSRF_REFUSED`
   */
  requestPasswordReset(body: RequestPasswordResetRequest, options?: RequestOptions): Promise<PasswordResetRequestedResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/request-password-reset",
      body,
      options,
    });
  }

  /**
   * Choose a new password: `POST /v1/auth/reset-password`
   *
   * Gives the member whose link this is another password, and ends all their sessions. They then sign in with it, with their second factor if they have one.
   *
   * @throws {ValidationError} 400: Bad request: `LINK_INVALID`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `CSRF_REFUSED`
   */
  resetPassword(body: ResetPasswordRequest, options?: RequestOptions): Promise<PasswordResetResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/reset-password",
      body,
      options,
    });
  }

  /**
   * Accept an invitation: `POST /v1/auth/accept-invitation`
   *
   * Makes whoever was invited a member of the company and signs them in. Whoever is a member of another company already keeps name and password.
   *
   * @throws {ValidationError} 400: Bad request: `LINK_INVALID`, `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `CSRF_REFUSED`
   */
  acceptInvitation(body: AcceptInvitationRequest, options?: RequestOptions): Promise<DashboardSessionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/accept-invitation",
      body,
      options,
    });
  }

  /**
   * Get the session: `GET /v1/auth/session`
   *
   * Returns who is signed in, and their companies with their role in each.
   *
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`
   */
  getSession(options?: RequestOptions): Promise<DashboardSessionResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/auth/session",
      options,
    });
  }

  /**
   * Sign out: `POST /v1/auth/sign-out`
   *
   * Ends the session: every process refuses it within a second.
   *
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   */
  signOut(options?: RequestOptions): Promise<SignedOutResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/sign-out",
      options,
    });
  }

  /**
   * Change your password: `POST /v1/auth/password`
   *
   * Gives you another password. All your other sessions end.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   */
  changePassword(body: ChangePasswordRequest, options?: RequestOptions): Promise<DashboardSessionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/password",
      body,
      options,
    });
  }

  /**
   * Begin a second factor: `POST /v1/auth/second-factor`
   *
   * Makes the secret of which an authenticator app makes codes (RFC 6238). Signing in asks for them from when a first one has confirmed it; until then nothing changes.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   */
  startSecondFactor(body: OwnPasswordRequest, options?: RequestOptions): Promise<SecondFactorStartedResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/second-factor",
      body,
      options,
    });
  }

  /**
   * Turn the second factor on: `POST /v1/auth/second-factor/confirm`
   *
   * Has signing in ask for a code from now on, and ends all your other sessions. Answers with ten recovery codes, for when the app is lost.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   * @throws {ConflictError} 409: Conflict: `SECOND_FACTOR_NOT_STARTED`
   */
  confirmSecondFactor(body: ConfirmSecondFactorRequest, options?: RequestOptions): Promise<SecondFactorResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/second-factor/confirm",
      body,
      options,
    });
  }

  /**
   * Make new recovery codes: `POST /v1/auth/second-factor/recovery-codes`
   *
   * Makes ten codes that take the place of those before.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   * @throws {ConflictError} 409: Conflict: `SECOND_FACTOR_NOT_STARTED`
   */
  createRecoveryCodes(body: OwnPasswordRequest, options?: RequestOptions): Promise<RecoveryCodesResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/second-factor/recovery-codes",
      body,
      options,
    });
  }

  /**
   * Turn the second factor off: `POST /v1/auth/second-factor/disable`
   *
   * The password alone is then enough to sign in. The secret and the recovery codes are forgotten.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   */
  disableSecondFactor(body: OwnPasswordRequest, options?: RequestOptions): Promise<DashboardSessionResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/auth/second-factor/disable",
      body,
      options,
    });
  }
}

/** How people sign in to the dashboard, and who they are. Programs use API keys instead. */
export class MembersResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * List members: `GET /v1/members`
   *
   * Returns the company's members and whoever is invited, newest first.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`
   * @throws {NotFoundError} 404: Company not found among those you are a member of.
   */
  list(query?: ListMembersQuery, options?: RequestOptions): List<Member, MemberListResponse> {
    return new List(
      (next) => this.#transport.request({
        method: "GET",
        path: "/v1/members",
        query: { ...query, ...next },
        options,
      }),
      (page) => page.members,
    );
  }

  /**
   * Invite a member: `POST /v1/members`
   *
   * Makes a link for somebody to become a member by, good for 7 days and one use. It is in this answer and never shown again; a link for the same email before it ends.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   * @throws {NotFoundError} 404: Company not found among those you are a member of.
   * @throws {ConflictError} 409: Conflict: `MEMBER_EXISTS`
   */
  invite(body: InviteMemberRequest, options?: RequestOptions): Promise<InvitationResponse> {
    return this.#transport.request({
      method: "POST",
      path: "/v1/members",
      body,
      options,
    });
  }

  /**
   * Get a member: `GET /v1/members/{id}`
   *
   * Returns a member of the company, or somebody who is invited.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`
   * @throws {NotFoundError} 404: Not found: `MEMBER_NOT_FOUND`, `COMPANY_NOT_FOUND`
   */
  get(id: string, options?: RequestOptions): Promise<MemberResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/v1/members/{id}",
      params: { id },
      options,
    });
  }

  /**
   * Change a member's role: `PATCH /v1/members/{id}`
   *
   * Gives a member, or somebody who is invited, another role. Only owners make owners and unmake them.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`, `INVALID_JSON`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   * @throws {NotFoundError} 404: Not found: `MEMBER_NOT_FOUND`, `COMPANY_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `LAST_OWNER`
   */
  update(id: string, body: UpdateMemberRequest, options?: RequestOptions): Promise<MemberResponse> {
    return this.#transport.request({
      method: "PATCH",
      path: "/v1/members/{id}",
      params: { id },
      body,
      options,
    });
  }

  /**
   * Remove a member: `DELETE /v1/members/{id}`
   *
   * Ends a membership, or an invitation: every process refuses the member within a second.
   *
   * @throws {ValidationError} 400: Bad request: `VALIDATION_ERROR`
   * @throws {ApiError} 403: Forbidden: `FORBIDDEN`, `CSRF_REFUSED`
   * @throws {NotFoundError} 404: Not found: `MEMBER_NOT_FOUND`, `COMPANY_NOT_FOUND`
   * @throws {ConflictError} 409: Conflict: `LAST_OWNER`
   */
  delete(id: string, options?: RequestOptions): Promise<MemberDeletedResponse> {
    return this.#transport.request({
      method: "DELETE",
      path: "/v1/members/{id}",
      params: { id },
      options,
    });
  }
}

/** Whether the server runs and can work. No key is needed. */
export class HealthResource {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Health check: `GET /health`
   *
   * Answers 200 as long as the process serves requests. For a load balancer's liveness check.
   */
  check(options?: RequestOptions): Promise<HealthResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/health",
      options,
    });
  }

  /**
   * Readiness check: `GET /ready`
   *
   * Answers 200 when the database answers too, else 503. For a load balancer's readiness check.
   */
  ready(options?: RequestOptions): Promise<ReadyResponse> {
    return this.#transport.request({
      method: "GET",
      path: "/ready",
      options,
    });
  }
}
