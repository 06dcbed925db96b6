/**
 * The seed of a system for which none is given. Its secrets are public and protect nothing.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type PasswordHashing, secure } from "../rooms/logins/PasswordHashing.js"
import type { InvalidSeed } from "../system/EmbeddedStartError.js"
import * as Seed from "./Seed.js"

/**
 * The password of `ada@example.com` in {@link demoSeed}.
 *
 * @since 0.1.0
 * @category constants
 */
export const demoPassword = "correct horse battery staple"

/**
 * Account `T12345678`, with
 * - the client `demo-client`, whose token allows every operation and lets Ada log in, with `https://shop.example/signed-in` as its callback
 * - the client `demo-reader`, whose token only allows reading
 * - the customer `ada@example.com`, `+4799999999`, with {@link demoPassword}. Her token allows reading the settings
 *
 * @since 0.1.0
 * @category constants
 */
export const demoSeed = {
  accounts: [
    {
      account_id: "T12345678",
      clients: [
        {
          id: "5a3cd3f2-4ba5-4f5d-8a7d-3b1f6a0c9d10",
          client_id: "demo-client",
          name: "Demonstration",
          client_secret: "this-demo-secret-is-public-and-protects-nothing",
          callbacks: ["https://shop.example/signed-in"],
          grants: [
            {
              type: "client_credentials",
              scope: [
                "admin:customers",
                "admin:locations",
                "admin:accounts",
                "read:accounts",
                "write:accounts:/auth/users",
                "write:accounts:/auth/mfa",
                "write:accounts:/auth/passwordless",
                "write:accounts:/auth/passwordless/code",
                "create:accounts:auth:refresh_token"
              ]
            },
            { type: "password", scope: ["user:customers", "public:customers"] },
            { type: "authorization_code", scope: ["user:customers", "public:customers"] }
          ]
        },
        {
          id: "c0b7e1a4-9d62-4f0e-b3a8-51d7f2e86b27",
          client_id: "demo-reader",
          name: "Demonstration, reading only",
          client_secret: "this-demo-reader-secret-is-public-as-well",
          grants: [{ type: "client_credentials", scope: ["read:customers"] }]
        }
      ],
      customers: [
        {
          id: "0d9f8a36-7c1b-4e52-9f64-2a8e5b7c3d18",
          customer_id: "ada",
          email: "ada@example.com",
          phone_number: "+4799999999",
          // The hash of `demoPassword`. Computing it would take most of the time of a start.
          password_hash: "$scrypt$ln=15,r=8,p=3$QsjG5+ykptbyZPz0MQHgKg$igQ68p4IM3lrmsfoCglEyL2i5Ld9WvTRHgtfIf9xteI"
        }
      ]
    }
  ]
} as const satisfies Seed.Seed

/** The same, with a password to hash, so that a cheap profile does not need an expensive hash at the first login. */
const seedWithPassword: Seed.Seed = {
  accounts: demoSeed.accounts.map((account) => ({
    ...account,
    customers: account.customers.map(({ password_hash: _, ...customer }) => ({ ...customer, password: demoPassword }))
  }))
}

const decoded = new Map<Seed.Seed, Seed.DecodedSeed>()

/** The seed for a profile, decoded once for all systems of a process. */
export const decodedDemoSeed = (profile: PasswordHashing): Effect.Effect<Seed.DecodedSeed, InvalidSeed> => {
  const seed = profile === secure ? demoSeed : seedWithPassword
  const known = decoded.get(seed)
  return known === undefined
    ? Effect.map(Seed.decode(seed), (made) => {
        decoded.set(seed, made)
        return made
      })
    : Effect.succeed(known)
}
