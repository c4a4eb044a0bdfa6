/* The check-in on a page of its own. */
import { startCheckIn } from "./checkin_room.js";

startCheckIn(document.getElementById("check-in"));
