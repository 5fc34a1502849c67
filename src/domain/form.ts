/** `sdk`: camelCase, as Clerk's SDKs show a Client. `wire`: snake_case, as its Backend API sends one. */
export type Form = 'sdk' | 'wire'
