// What the build wraps: a function of the kit, so that nothing of the first part is here twice.
export { more as default } from "./index";
