import { addShapes } from "../ui/icons";

const STAR = "m8 2.5 1.7 3.5 3.8.5-2.8 2.7.7 3.8L8 11.2 4.6 13l.7-3.8L2.5 6.5 6.3 6z";

addShapes({
  star: STAR,
  redo: "m10 3 3 3-3 3M13 6H7a3.5 3.5 0 0 0 0 7h2",
  shrink: "M13 7H9V3M9 7l4-4M3 9h4v4m0-4-4 4",
  starred: `!${STAR}`,
  map: "m2 4 4-1.500 4 1.500 4-1.500v9.500l-4 1.500-4-1.500-4 1.500zM6 2.500v9.500M10 4v9.500",
});
