import { serve } from "../worker/serve.ts";
import { type Layout, type LayoutQuestion, layOut } from "./layout.ts";

serve<LayoutQuestion, Layout>(async (question) => layOut(question));
