import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

// Names without hashes: the three files are committed, and a build of the same source is the same.
export default defineConfig({
  base: "/_millrace/console/",
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
  build: {
    outDir: "dist",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        entryFileNames: "console.js",
        assetFileNames: "console[extname]",
        inlineDynamicImports: true,
      },
    },
  },
});
