"""Sentences of the live pages: refusals, verdicts of a test and their causes, each with what to do."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "TEST_UNREADABLE": _l("The result of the test could not be read, so it was not kept. Please reload the page and test again."),
}

VERDICTS = {
    "good": (_l("Everything works"), _l("You are ready for the visit. Please use the same device and the same place on the day.")),
    "fair": (_l("It works, but not well"), _l("The visit can take place. It would be better with the following mended.")),
    "bad": (_l("Something has to be mended before the visit"), _l("As it is, the visit could fail. Please see to this, then test again.")),
}

CAUSES = {
    "CAMERA_DENIED": _l("The camera is not allowed. Tap the lock beside the address, allow camera and microphone, and reload the page."),
    "CAMERA_MISSING": _l("No camera was found. Please use a telephone or a computer with a camera."),
    "CAMERA_BUSY": _l("Another app is using the camera. Please close it and test again."),
    "CAMERA_INSECURE": _l("The page was not opened by its secure address, so the browser gives no camera. Please open the link in your message."),
    "CAMERA_UNSUPPORTED": _l("This browser gives no camera. Please open the page in your telephone's own browser."),
    "CAMERA_FAILED": _l("The camera does not start. Please close other apps, or restart the telephone."),
    "MICROPHONE_DENIED": _l("The microphone is not allowed. Tap the lock beside the address, allow it, and reload the page."),
    "MICROPHONE_MISSING": _l("No microphone was found. Please plug one in, or use a telephone."),
    "MICROPHONE_BUSY": _l("Another app is using the microphone, perhaps a telephone call. Please end it and test again."),
    "MICROPHONE_INSECURE": _l("The page was not opened by its secure address, so the browser gives no microphone. Please open the link in your message."),
    "MICROPHONE_UNSUPPORTED": _l("This browser gives no microphone. Please open the page in your telephone's own browser."),
    "MICROPHONE_FAILED": _l("The microphone does not start. Please close other apps, or restart the telephone."),
    "MICROPHONE_SILENT": _l("The microphone heard nothing. Please speak aloud during the test, and check that nothing covers the microphone."),
    "SOUND_NOT_HEARD": _l("You heard no sound. Please turn the volume up, switch off silent mode, or take the earphones out."),
    "SOUND_NOT_TRIED": _l("The sound was not tried. Please play it once and say whether you heard it."),
    "NO_CONNECTION": _l("Nothing came back from our server. Please try another network: mobile data instead of Wi-Fi, or the other way round."),
    "LINE_LOSES_MUCH": _l("The network loses too much. Please go nearer to the Wi-Fi, or use another network."),
    "LINE_LOSES_SOME": _l("The network loses a little. Nearer to the Wi-Fi, or by mobile data, the picture would be steadier."),
    "LINE_VERY_SLOW": _l("The network is too slow: you would hear each other late. Please use another network."),
    "LINE_SLOW": _l("The network is rather slow. Please stop downloads and films on it during the visit."),
    "PICTURE_STUTTERS": _l("The picture stands still at times. Please close other apps and stop downloads during the visit."),
}
