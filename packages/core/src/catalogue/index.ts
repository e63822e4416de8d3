export { allMethods, type MethodName, methodNamed } from "./all-methods.ts";
export * from "./gradient-methods.ts";
export * from "./layer-methods.ts";
export type * from "./method-entry.ts";
export * from "./perturbation-methods.ts";
export * from "./picture-methods.ts";
export { type MethodSettings, methodSettings, type Setting, type SettingName } from "./settings.ts";
export * from "./text-methods.ts";
