declare module "*.css" {
  const text: string;
  export default text;
}

/** Which second part belongs to this one; the build says so. */
declare const LAZY_DIGEST: string;
