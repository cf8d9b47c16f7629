import { addShapes } from "../ui/icons";

const STAR = "m8 2.5 1.7 3.5 3.8.5-2.8 2.7.7 3.8L8 11.2 4.6 13l.7-3.8L2.5 6.5 6.3 6z";

addShapes({
  star: STAR,
  starred: `!${STAR}`,
  map: "m2 4 4-1.500 4 1.500 4-1.500v9.500l-4 1.500-4-1.500-4 1.500zM6 2.500v9.500M10 4v9.500",
});
