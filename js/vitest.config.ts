import { defineConfig } from "vitest/config";

export default defineConfig({
  // The build says which second part belongs to the first; here there is but one.
  define: { LAZY_DIGEST: JSON.stringify("tests") },
  test: { include: ["test/**/*.test.ts", "test/**/*.test.tsx"] },
});
