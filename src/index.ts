/**
 * Dintero's Customers and Auth APIs for Effect applications.
 *
 * @since 0.1.0
 */
export { DinteroApi, openApi } from "./contract/DinteroApi.js"
export * as Dintero from "./layers/Dintero.js"
export * as TokenStores from "./layers/stores/TokenStores.js"
export * as Bulkhead from "./policies/Bulkhead.js"
export * as CircuitBreaker from "./policies/CircuitBreaker.js"
export * as Hedge from "./policies/Hedge.js"
export * as RefreshPolicy from "./policies/RefreshPolicy.js"
export * as RetryBudget from "./policies/RetryBudget.js"
export * as RetryMetrics from "./policies/RetryMetrics.js"
export * as RetryPolicy from "./policies/RetryPolicy.js"
export * from "./schemas/AccessToken.js"
export * from "./schemas/AccountId.js"
export * from "./schemas/AuthToken.js"
export * from "./schemas/CustomerLogin.js"
export * from "./schemas/CustomersSettings.js"
export * from "./schemas/DinteroError.js"
export { ErrorBody } from "./schemas/ErrorBody.js"
export * from "./schemas/Jwk.js"
export type { OpenEnum } from "./schemas/OpenEnum.js"
export * from "./services/AccessTokens.js"
export * from "./services/Auth.js"
export * from "./services/Customers.js"
export * from "./services/TokenStore.js"
