/**
 * Sessions that several machines share, over Redis 6.2 or later, or Valkey. Needs the optional peer `@redis/client`.
 *
 * @since 0.1.0
 */
export * as RedisTokenStore from "./layers/stores/RedisStore.js"
